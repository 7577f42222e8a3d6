// What an application does with the client from npm: `node stories.mjs <story> <JSON>` prints what it came to, as JSON.
import { agui, agentAt, conversation, run, says } from './client.mjs';

const PAINT = {
  name: 'paint',
  description: 'Paint it.',
  parameters: { type: 'object', properties: { colour: { type: 'string' } }, required: ['colour'] },
};

const stories = {
  /** Two questions in one conversation. The whole history goes along with the second, as this client does it. */
  async talk(given) {
    const agent = agentAt(given);
    says(agent, 'Hello?');
    const first = await run(agent);
    says(agent, 'And now?');
    const second = await run(agent);
    return { runs: [first, second], messages: conversation(agent) };
  },

  /** A tool of the application: carried out when the run has ended, its result brought by the next. */
  async paint(given) {
    const agent = agentAt(given);
    says(agent, 'Paint it.');
    const runs = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const seen = await run(agent, { tools: [PAINT] });
      runs.push(seen);
      for (const toolCallId of seen.pending) {
        agent.addMessage({ id: crypto.randomUUID(), role: 'tool', toolCallId, content: `done: ${toolCallId}` });
      }
      if (seen.pending.length === 0) break;
    }
    return { runs, messages: conversation(agent) };
  },

  /** The run ends with interrupts; the application answers them all, as its person decides. */
  async approve(given) {
    const agent = agentAt(given);
    const forwardedProps = { jupyterAgent: given.ours };
    says(agent, 'Insert it.');
    const runs = [await run(agent, { forwardedProps })];
    const interrupts = [];
    for (const payload of given.answers) {
      interrupts.push(...agent.pendingInterrupts);
      const answer = payload === null ? { status: 'cancelled' } : { status: 'resolved', payload };
      const responses = Object.fromEntries(agent.pendingInterrupts.map(({ id }) => [id, answer]));
      // Without forwarded properties: the run that goes on keeps those that it began with.
      runs.push(await run(agent, { resume: agui.buildResumeArray(agent.pendingInterrupts, responses) }));
    }
    return { runs, interrupts, left: agent.pendingInterrupts.length, messages: conversation(agent) };
  },

  /** One question, whatever comes of it. */
  async ask(given) {
    const agent = agentAt(given);
    if (given.message !== '') says(agent, given.message ?? 'Hello?');
    return { runs: [await run(agent, given.parameters)], messages: conversation(agent) };
  },

  /** The application turns away in the middle, and asks for the same run again. */
  async abort(given) {
    const agent = agentAt(given);
    says(agent, 'Hello?');
    const runId = crypto.randomUUID();
    const before = structuredClone(agent.messages);
    const first = await run(agent, { runId }, {
      onEvent: (event) => event.type === 'TEXT_MESSAGE_CONTENT' && agent.abortRun(),
    });
    agent.setMessages(before);
    return { runs: [first, await run(agent, { runId })], messages: conversation(agent) };
  },

  /** The line breaks in the middle; the same run is asked for again, on a line that holds. */
  async cut(given) {
    const agent = agentAt({ ...given, url: given.cutUrl });
    says(agent, 'Hello?');
    const runId = crypto.randomUUID();
    const before = structuredClone(agent.messages);
    const first = await run(agent, { runId });
    agent.url = given.url;
    agent.setMessages(before);
    return { runs: [first, await run(agent, { runId })], messages: conversation(agent) };
  },
};

const [name, given] = process.argv.slice(2);
console.error = () => undefined; // the client logs what the application is told anyway
// When a line breaks the client throws once more where no application can catch it. A browser logs that and goes on.
process.on('unhandledRejection', () => undefined);
const told = await stories[name](JSON.parse(given));
process.stdout.write(JSON.stringify(told));
