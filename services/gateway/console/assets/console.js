// The console works without this. With it: facts and their words light up together, and new releases appear by themselves.
'use strict';

// Words and facts name each other in data-f, a list of ids.
function lightFacts() {
  const holders = document.querySelectorAll('[data-f]');
  if (holders.length === 0) return;
  const byFact = new Map();
  for (const holder of holders) {
    for (const id of holder.dataset.f.split(' ')) {
      if (!byFact.has(id)) byFact.set(id, []);
      byFact.get(id).push(holder);
    }
  }
  const set = (holder, on) => {
    for (const id of holder.dataset.f.split(' ')) {
      for (const other of byFact.get(id)) other.classList.toggle('lit', on);
    }
  };
  const facts = document.getElementById('facts');
  const reveal = (holder) => {
    if (!facts || facts.contains(holder)) return;
    const card = document.getElementById(holder.getAttribute('href').slice(1));
    if (!card) return;
    const details = card.closest('details');
    if (details) details.open = true;
    // Only the column of facts scrolls, never the page under the reader's eyes.
    if (facts.scrollHeight > facts.clientHeight) {
      const top = card.offsetTop - facts.offsetTop;
      if (top < facts.scrollTop || top + card.offsetHeight > facts.scrollTop + facts.clientHeight) {
        facts.scrollTop = top - 24;
      }
    }
  };
  for (const holder of holders) {
    holder.addEventListener('mouseenter', () => { set(holder, true); reveal(holder); });
    holder.addEventListener('mouseleave', () => set(holder, false));
    holder.addEventListener('focus', () => { set(holder, true); reveal(holder); });
    holder.addEventListener('blur', () => set(holder, false));
  }
}

// Rows come rendered by the server, which has escaped all that is foreign in them.
function followReleases() {
  const live = document.getElementById('live');
  if (!live || !window.EventSource) return;
  const list = document.getElementById('releases');
  const arrivals = document.getElementById('arrivals');
  const text = live.querySelector('.live-text');
  let count = 0;
  const stream = new EventSource(live.dataset.live);
  live.hidden = false;
  stream.addEventListener('open', () => { live.classList.remove('off'); text.textContent = 'Live'; });
  stream.addEventListener('error', () => { live.classList.add('off'); text.textContent = 'Reconnecting'; });
  stream.addEventListener('row', (event) => {
    const holder = document.createElement('template');
    holder.innerHTML = event.data;
    const row = holder.content.firstElementChild;
    if (!row) return;
    const known = list.querySelector('.row[data-name="' + CSS.escape(row.dataset.name) + '"]');
    if (known) known.remove();
    const today = new Date().toISOString().slice(0, 10);
    let day = list.querySelector('.day');
    if (!day || day.dataset.day !== today) {
      day = document.createElement('section');
      day.className = 'day';
      day.dataset.day = today;
      const heading = document.createElement('h2');
      heading.className = 'day-head';
      heading.textContent = 'Today, ' + new Date().toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
      day.append(heading);
      list.prepend(day);
    }
    row.classList.add('new');
    day.querySelector('.day-head').after(row);
    const empty = document.querySelector('.empty');
    if (empty) empty.remove();
    count += 1;
    arrivals.hidden = false;
    arrivals.className = 'arrivals muted';
    arrivals.textContent = count === 1 ? '1 release since you opened this page' : count + ' releases since you opened this page';
    if (document.hidden) document.title = '(' + count + ') Latest releases · Dateline';
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) document.title = 'Latest releases · Dateline';
  });
}

// Forms that take long say so, and are not sent twice.
function holdForms() {
  for (const form of document.querySelectorAll('form[data-wait]')) {
    form.addEventListener('submit', () => {
      const button = form.querySelector('button[type="submit"], button:not([type])');
      if (button) { button.textContent = form.dataset.wait; button.setAttribute('aria-disabled', 'true'); }
      form.addEventListener('submit', (again) => again.preventDefault());
    });
  }
}

// "/" goes to the search field.
function shortcuts() {
  document.addEventListener('keydown', (event) => {
    const field = document.getElementById('find');
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(input|textarea|select)$/i.test(document.activeElement.tagName)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}

lightFacts();
followReleases();
holdForms();
shortcuts();
