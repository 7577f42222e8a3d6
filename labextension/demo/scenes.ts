/** What the demo page shows: one state of a chat for each thing that can happen. */
import type { ChatState, Connection } from '../src/core/state';
import type { Capabilities } from '../src/core/wire';
import { answer, emptyState, FOUND, MISTAKEN, question, request, text, tool, UNLISTED } from './scripted';

export const LONG = `Here is what the **344 penguins** look like. Body mass depends strongly on the species, and a little less on the sex.

| species | n | mean mass (g) | sd |
|:--|--:|--:|--:|
| Adelie | 152 | 3,701 | 459 |
| Chinstrap | 68 | 3,733 | 384 |
| Gentoo | 124 | **5,076** | 504 |

### What I would do next

1. Drop the two rows without measurements (\`penguins.dropna(subset=["body_mass_g"])\`).
2. Plot the masses, one colour a species:

\`\`\`python
import matplotlib.pyplot as plt

# One histogram for each species, on the same bins
for species, group in penguins.groupby("species"):
    plt.hist(group["body_mass_g"].dropna(), bins=20, alpha=0.6, label=species)
plt.xlabel("body mass (g)")
plt.legend()
\`\`\`

3. Test the difference:
   - [x] variances are alike
   - [ ] normality within groups

> Gentoo penguins live on Biscoe only, so species and island can not be told apart there.

The data come from [Palmer Station](https://allisonhorst.github.io/palmerpenguins/), see also https://doi.org/10.1371/journal.pone.0090081. ![The penguins](https://example.org/penguins.png)`;

const INSERT = `masses = penguins.groupby("species")["body_mass_g"].agg(["count", "mean", "std"])
masses.round(0)`;

const BEFORE = `import pandas as pd

penguins = pd.read_csv("penguins.csv")
penguins = penguins.dropna()
penguins.head()`;

const AFTER = `import pandas as pd

penguins = pd.read_csv("data/penguins.csv")
penguins = penguins.dropna(subset=["body_mass_g"])
print(len(penguins), "rows")
penguins.head()`;

const asked = question('How heavy are the penguins, by species?');

const read = tool({ id: 'c1', name: 'read_notebook', result: '{"cells": 12, "path": "work/penguins.ipynb"}' });
const variables = tool({ id: 'c2', name: 'list_variables', result: 'penguins: DataFrame 344 x 8\nmodel: OLSResults' });
const waiting = tool({
  id: 'c3',
  name: 'insert_cell',
  status: 'waiting',
  arguments: JSON.stringify({ source: INSERT, afterCellId: 'f3a91c07-1d2e' }),
  request: request({ code: INSERT, arguments: { source: INSERT, afterCellId: 'f3a91c07-1d2e' } }),
});
const replacing = tool({
  id: 'c4',
  name: 'replace_cell',
  status: 'waiting',
  request: request(
    { tool: 'replace_cell', title: 'Change cell 2', code: AFTER, before: BEFORE },
    { requestId: 'request-2', risk: 'edit', toolCallId: 'c4' },
  ),
});
const deceiving = tool({
  id: 'c5',
  name: 'run_cell',
  status: 'waiting',
  request: request(
    { tool: 'run_cell', title: 'Run cell 7', code: 'if access != "user\u202E \u2066# only admins\u2069 \u2066":\n    dеlete_all()\n    x\u200b = 1' },
    { requestId: 'request-3', toolCallId: 'c5' },
  ),
});

/** One thing to look at. */
export interface Scene {
  readonly state: Partial<ChatState>;
  readonly connection?: Connection;
  readonly capabilities?: Capabilities;
  /** What the person has chosen. */
  readonly model?: string;
}

const THOUGHTS = `**Reading the question.** The person wants to know which species is the heaviest, and whether the difference is real.

The table \`penguins\` has 344 rows; two of them hold no measurements at all, so these rows have to go before anything is averaged.

**Which test?** Three groups, one numeric column: an analysis of variance would do, if the variances were alike. A Levene test says so before; with unequal variances Welch's version is the safer one.

**Plan.** First the means by species, then the test, then one plot with three boxes. The plot needs \`matplotlib\`, which is imported already.`;

export const scenes: Readonly<Record<string, Scene>> = {
  welcome: { state: {} },
  answer: {
    state: { title: 'Body mass by species', turns: [asked, answer([read, variables, text(LONG)])] },
  },
  streaming: {
    state: {
      title: 'Body mass by species',
      activeRun: 'run-1',
      turns: [
        asked,
        answer(
          [
            { kind: 'reasoning', id: 'r1', text: 'The person wants **means** by species.', open: false },
            read,
            text(LONG.slice(0, 760), true),
          ],
          { status: 'running' },
        ),
      ],
    },
  },
  approval: {
    state: {
      title: 'Body mass by species',
      activeRun: 'run-1',
      turns: [
        asked,
        answer([read, text('I can compute this from `penguins`. I would add one cell:'), waiting], { status: 'running' }),
      ],
    },
  },
  change: {
    state: {
      title: 'Mend the path',
      activeRun: 'run-1',
      turns: [question('Fix the first cell'), answer([read, text('The file is in `data/`.'), replacing], { status: 'running' })],
    },
  },
  several: {
    state: {
      title: 'Body mass by species',
      activeRun: 'run-1',
      turns: [asked, answer([read, waiting, replacing, deceiving], { status: 'running' })],
    },
  },
  deceiving: {
    state: { activeRun: 'run-1', turns: [asked, answer([deceiving], { status: 'running' })] },
  },
  tools: {
    state: {
      title: 'All kinds of calls',
      activeRun: 'run-5',
      turns: [
        question('Do everything', 'run-4'),
        answer(
          [
            read,
            tool({ id: 't2', name: 'insert_cell', status: 'done', request: request({}, { outcome: 'approved' }), result: 'ok' }),
            tool({ id: 't3', name: 'run_cell', status: 'failed', result: "NameError: name 'pengins' is not defined\n\u001b[31mTraceback\u001b[0m" }),
            tool({ id: 't4', name: 'replace_cell', status: 'denied', request: request({ title: 'Change cell 4' }, { outcome: 'denied' }) }),
            tool({ id: 't5', name: 'mcp__weather__get_forecast', status: 'stopped' }),
            text('I stopped here, since you did not allow the change.'),
          ],
          { runId: 'run-4', status: 'cancelled' },
        ),
        question('Go on', 'run-5'),
        answer(
          [
            tool({ id: 't6', name: 'list_variables', status: 'done' }),
            tool({ id: 't7', name: 'run_cell', status: 'running', progress: ['epoch 1/20', 'epoch 2/20  loss 0.431'] }),
            tool({
              id: 't8',
              name: 'ask',
              status: 'waiting',
              request: request({ title: 'Which column holds the weights?' }, { requestId: 'q1', kind: 'question' }),
            }),
          ],
          { runId: 'run-5', status: 'running' },
        ),
      ],
    },
  },
  models: { capabilities: FOUND, state: { title: 'Body mass by species', turns: [asked, answer([text('The Gentoo.')])] } },
  found: { capabilities: FOUND, state: {} },
  unlisted: { capabilities: UNLISTED, model: 'gateway:qwen4', state: {} },
  mistaken: { capabilities: MISTAKEN, state: {} },
  outward: { capabilities: FOUND, model: 'openai:gpt-6.1-sol', state: {} },
  gone: { capabilities: FOUND, model: 'anthropic:claude-sonnet-5-5', state: {} },
  waiting: {
    capabilities: FOUND,
    model: 'openai:gpt-6.1-sol',
    state: {
      title: 'Body mass by species',
      activeRun: 'run-1',
      turns: [
        asked,
        answer([read], {
          status: 'running',
          model: 'openai:gpt-6.1-sol',
          waiting: { reason: 'The provider asks to wait: too many requests in this minute.', seconds: 18, attempt: 2, of: 4 },
        }),
      ],
    },
  },
  spent: {
    capabilities: FOUND,
    model: 'openai:gpt-6.1-sol',
    state: {
      title: 'Body mass by species',
      turns: [
        asked,
        answer([read, text('The **Gentoo** penguins are the heaviest: 5,076 g on average.')], {
          model: 'openai:gpt-6.1-sol',
          spent: { inputTokens: 12_345, outputTokens: 456, cost: { amount: 0.0213, currency: 'USD' } },
        }),
        question('And the lightest?', 'run-2'),
        answer([text('The Adelie.')], {
          runId: 'run-2',
          model: 'ollama:qwen4:14b',
          spent: { inputTokens: 1_234, outputTokens: 56, cost: null },
        }),
      ],
    },
  },
  reasoning: {
    capabilities: FOUND,
    model: 'openai:gpt-6.1-sol',
    state: {
      title: 'Body mass by species',
      activeRun: 'run-2',
      turns: [
        asked,
        answer([{ kind: 'reasoning', id: 'r1', text: THOUGHTS, open: false }, text('The **Gentoo**.')], { model: 'openai:gpt-6.1-sol' }),
        question('Is that significant?', 'run-2'),
        answer([{ kind: 'reasoning', id: 'r2', text: THOUGHTS.slice(0, 350), open: true }], { runId: 'run-2', status: 'running' }),
      ],
    },
  },
  images: {
    capabilities: FOUND,
    model: 'openai:gpt-6.1-sol',
    state: {
      title: 'What is in this picture?',
      turns: [
        question('What is wrong with this plot, and how would you draw it instead?', 'run-1', ['picture', 'picture']),
        answer([text('The axis begins at 2,500 g, which makes the differences look larger than they are.')]),
        question('', 'run-2', ['picture', 'gone']),
        answer([text('A penguin.')], { runId: 'run-2' }),
      ],
    },
  },
  troubles: {
    connection: { status: 'offline', detail: null },
    state: {
      title: 'When things go wrong',
      notice: 'Some earlier events of this chat are no longer stored. The messages themselves are complete.',
      turns: [
        question('Fit a model', 'run-6'),
        answer([text('I begin with the')], {
          runId: 'run-6',
          status: 'failed',
          error: { code: 'model', message: 'The model’s server did not answer within 60 seconds. Your question is kept.' },
        }),
        question('And now?', 'run-7'),
        answer([text('First I read the')], { runId: 'run-7', status: 'interrupted' }),
        question('Once more', 'run-8'),
        answer([text('The notebook has twelve')], { runId: 'run-8', status: 'cancelled' }),
        { role: 'user', id: 'm9', text: 'Is anybody there?', images: [], runId: 'run-9', delivery: 'failed' },
      ],
    },
  },
};

export const stateOf = (scene: Scene, threadId: string): ChatState => ({ ...emptyState, ...scene.state, threadId });
