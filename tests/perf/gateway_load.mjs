// Pages and JSON under load by wrk, in turn with the HTTP library's own hello world of the same size.
// usage: node tests/perf/gateway_load.mjs [--releases 2000] [--seconds 3] [--rounds 3] [--connections 16]
// Needs wrk (Debian's package), and the programs and benchmarks built.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bin, Suite, until } from '../browser/suite.mjs';

const { values } = parseArgs({ options: { releases: { type: 'string', default: '2000' }, seconds: { type: 'string', default: '3' },
  rounds: { type: 'string', default: '3' }, connections: { type: 'string', default: '16' } } });
const places = ['Puerto Claro', 'Montenero', 'Valdoria', 'Lake Orsa', 'San Amaro'];
const things = ['bridge', 'ferry', 'school', 'clinic', 'harbour', 'water works', 'railway', 'museum'];

function text(i) {
  const place = places[i % places.length];
  const thing = things[i % things.length];
  return `${place} Opens ${thing[0].toUpperCase()}${thing.slice(1)} Number ${i}

${place} – The ${thing} of ${place} was opened on ${1 + (i % 28)} May 2026, the Harbour Authority said. It cost ${1 + (i % 90)} million dollars and
serves ${100 + i} families in ${2 + (i % 30)} towns.

"We waited for ${2 + (i % 9)} years for this ${thing}," said Marta Olsen, director of the Harbour Authority. "Water and roads come next."

About ${i + 5}% of the people of ${place} have had no ${thing} near them. The Ministry of Works pays for the rest.

Contact: Marta Olsen, Harbour Authority, press@harbour.example, Tel: +41 22 555 01 ${String(i % 100).padStart(2, '0')}
`;
}

function wrk(url) {
  const done = spawnSync('wrk', ['-t1', `-c${values.connections}`, `-d${values.seconds}s`, '--latency', url], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`wrk: ${done.error ?? done.stderr}`);
  const bad = done.stdout.match(/Non-2xx or 3xx responses: (\d+)/);
  if (bad) throw new Error(`${url}: ${bad[1]} answers were errors`);
  const ms = (word) => { const [, number, unit] = word; return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit]; };
  return { rate: Number(done.stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]), p50: ms(done.stdout.match(/50%\s+([\d.]+)(us|ms|s)/)),
    p99: ms(done.stdout.match(/99%\s+([\d.]+)(us|ms|s)/)) };
}

// A connection of its own: an idle one is closed when others wait.
const get = (url) => fetch(url, { headers: { Connection: 'close' } });

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const suite = await Suite.start();
const hellos = [];
// A gateway of its own, since that of the suite answers one address a hundred times a second at the most.
const gatewayPort = suite.portBase + 90;
const gateway = spawn(join(bin, 'dateline-gateway'), [`--http.listen=127.0.0.1:${gatewayPort}`, `--ops.listen=127.0.0.1:${gatewayPort + 1}`, '--access.require_keys=false',
  '--access.requests_per_minute=0', `--storage.address=127.0.0.1:${suite.portBase + 10}`, `--ingestion.address=127.0.0.1:${suite.portBase + 20}`,
  `--extraction.address=127.0.0.1:${suite.portBase + 30}`, `--notification.address=127.0.0.1:${suite.portBase + 40}`], { stdio: 'ignore' });
const base = `http://127.0.0.1:${gatewayPort}`;
try {
  await until(async () => { try { return (await get(`${base}/openapi.json`)).ok; } catch { return false; } }, 'the gateway is up');
  const folder = join(suite.data, 'in');
  mkdirSync(folder);
  const files = [];
  for (let i = 0; i < Number(values.releases); ++i) { files.push(join(folder, `${i}.txt`)); writeFileSync(files.at(-1), text(i)); }
  for (let i = 0; i < files.length; i += 500) suite.run('ingest', ...files.slice(i, i + 500));
  await until(async () => Number((await (await get(`${suite.base}/v1/archive`)).json()).releaseCount) === files.length, 'all releases are there', 600_000);
  const one = (await (await get(`${suite.base}/v1/releases?pageSize=1`)).json()).releases[0].name;
  const paths = { 'latest (page)': '/', 'search (page)': '/search?q=water', 'release (page)': `/${one}`, 'release (JSON)': `/v1/${one}`, 'list of 20 (JSON)': '/v1/releases?pageSize=20',
    'search (JSON)': '/v1/releases:search?query=water&pageSize=20' };
  let port = suite.portBase + 92;
  for (const [name, path] of Object.entries(paths)) {
    const bytes = (await (await get(base + path)).arrayBuffer()).byteLength;
    hellos.push(spawn(join(bin, '../perf/http_hello'), [String(port), String(bytes)], { stdio: 'ignore' }));
    const hello = `http://127.0.0.1:${port++}/`;
    await until(async () => { try { return (await get(hello)).ok; } catch { return false; } }, 'hello is up');
    const rounds = [];
    for (let i = 0; i < Number(values.rounds); ++i) rounds.push({ ours: wrk(base + path), bare: wrk(hello) });
    const of = (side, what) => median(rounds.map((round) => round[side][what]));
    console.log(`${name.padEnd(20)} ${String(bytes).padStart(6)} B   ${of('ours', 'rate').toFixed(0).padStart(6)}/s   p50 ${of('ours', 'p50').toFixed(2)} ms   p99 ${of('ours', 'p99').toFixed(2)} ms   `
      + `hello ${of('bare', 'rate').toFixed(0)}/s   p99 ${of('bare', 'p99').toFixed(2)} ms   ratio ${median(rounds.map((round) => round.ours.rate / round.bare.rate)).toFixed(2)}`);
  }
} finally {
  for (const hello of [...hellos, gateway]) hello.kill();
  await suite.stop();
}
