// Releases made up for the browser tests.
export const river = `River Guards Train for the Flood Season in Puerto Claro

Puerto Claro – More than 240 river guards from 14 towns began a course in flood rescue on 12 March 2026, the Harbour
Authority said.

"The water comes earlier every year, and we want to be there before it," said Marta Olsen, director of the Harbour
Authority. "Nobody should wait on a roof for a boat."

The course costs 1.2 million dollars and is paid for by the Ministry of Water of Colombia. It ends in June 2026 in
Leticia.

For further information please contact Pedro Lindt at the Harbour Authority. Email: plindt@harbour.example, Tel: +57 601
5550100`;

export const riverRevised = river.replace('240 river guards', '310 river guards').replace('1.2 million', '1.4 million');

export const bridge = `Old Bridge of Montenero Opens Again After Ten Years

Montenero – The old bridge over the Selva river carries traffic again since Monday, the City of Montenero announced.

"We kept every stone that could be kept," said Ana Ferri, chief engineer of the City of Montenero.

About 9,000 people cross the river each day. The works took ten years.

Contact: Press Office, City of Montenero, press@montenero.example`;

// Markup and scripts wherever text can stand.
export const hostileTitle = '<script>window.hacked = 1</script> "><img src=x onerror="window.hacked=2"> {{title}}';
export const hostile = `${hostileTitle}

Port</title><script>window.hacked=3</script> – The "Agency" & Sons </p><svg onload="window.hacked=4"> opened 5 <b>offices</b>
on 3 May 2026, said Jane "onmouseover=window.hacked=5" Doe, director of the <iframe srcdoc="x"> Agency.

"We </blockquote><script>window.hacked=6</script> are 'here' to stay & javascript:window.hacked=7," said Jane Doe.

Contact: Jane Doe, <a href="javascript:window.hacked=8">mail</a> jane"onclick="x@agency.example, Tel: +41 22 555 01 00`;
