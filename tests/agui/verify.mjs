// Every stream that the Python suite has produced, and every golden transcript, through the checks of AG-UI's own
// client: the schema of each event, and `verifyEvents` over each run as one stream. After pytest: `node verify.mjs`.
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { agui, rxjs } from './client.mjs';

const { EventSchemas } = createRequire(new URL('../../labextension/package.json', import.meta.url))('@ag-ui/core/schemas');
const STREAMS = fileURLToPath(new URL('../../.pytest_cache/agui-streams/', import.meta.url));
const WIRE = fileURLToPath(new URL('../wire/', import.meta.url));
const AT_LEAST = 100;
const SHOWN = 10;

const counts = { streams: 0, events: 0, transcripts: 0 };
const tests = new Set();
const cut = [];
const faults = [];

/** What the client objects to in one run; null when it takes all of it. */
function objection(events) {
  for (const [at, event] of events.entries()) {
    const read = EventSchemas.safeParse(event);
    if (!read.success) return `event ${at}, ${event.type}: ${read.error.issues[0]?.message} at ${read.error.issues[0]?.path.join('.')}`;
  }
  let wrong = null;
  rxjs.from(events).pipe(agui.verifyEvents(false)).subscribe({ error: (error) => void (wrong = error.message) });
  return wrong;
}

function check(test, runId, events) {
  counts.events += events.length;
  // A run whose process was killed, or whose store was taken away, before anybody could end it: a prefix of a stream.
  if (!['RUN_FINISHED', 'RUN_ERROR'].includes(events.at(-1)?.type)) cut.push(test);
  const wrong = objection(events);
  if (wrong !== null) faults.push(`${test}\n    run ${runId}: ${wrong}`);
}

for (const session of existsSync(STREAMS) ? readdirSync(STREAMS) : []) {
  for await (const line of createInterface({ input: createReadStream(STREAMS + session) })) {
    const { test, runId, events } = JSON.parse(line);
    counts.streams += 1;
    tests.add(test);
    check(test, runId, events);
  }
}
for (const name of readdirSync(WIRE).filter((file) => file.endsWith('.json'))) {
  const runs = new Map();
  for (const { runId, event } of JSON.parse(readFileSync(WIRE + name, 'utf8')).events) {
    runs.set(runId, [...(runs.get(runId) ?? []), event]);
  }
  counts.transcripts += 1;
  for (const [runId, events] of runs) check(`tests/wire/${name}`, runId, events);
}

console.log(
  `${counts.streams} streams of ${tests.size} tests and ${counts.transcripts} golden transcripts, ${counts.events} events.`,
);
console.log(`${cut.length} streams stop before their run has ended, and were checked up to there${cut.length > 0 ? ":" : "."}`);
for (const test of new Set(cut)) console.log(`    ${cut.filter((one) => one === test).length} of ${test}`);
for (const fault of faults.slice(0, SHOWN)) console.log(`REFUSED ${fault}`);
if (faults.length > 0) console.log(`${faults.length} streams are not what AG-UI's client accepts.`);
if (counts.streams < AT_LEAST) console.log(`There should be ${AT_LEAST} streams at least: run pytest over the whole suite first.`);
process.exitCode = faults.length > 0 || counts.streams < AT_LEAST ? 1 : 0;
