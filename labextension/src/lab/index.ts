/** The JupyterLab plugin: only wiring. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { systemClock } from '../core/clock';
import { Conversations } from '../core/conversations';
import { browserLifecycle } from '../core/lifecycle';
import { Page } from '../core/pages';
import { browserPreferences } from '../core/preferences';
import { HttpTransport, xsrfCookie } from '../core/transport';
import type { ViewEnvironment } from '../view';
import { offerBridge } from '../view/bridge';
import { notebookBridge } from './bridge';
import { codeActions } from './codeActions';
import { OpenNotebooks } from './documents';
import { NotebookHost } from './host';
import { assistantIcon } from './icon';
import { AssistantPanel, PANEL_ID } from './panel';
import { messageContext, questionContext } from './place';
import { CellRunner } from './run';
import { panelMemory, threadMemory } from './storage';

const COMMANDS = { open: 'jupyter-agent:open', create: 'jupyter-agent:new-thread', stop: 'jupyter-agent:stop' } as const;

/** JupyterLab, and the one kind of page of Jupyter Notebook that shows a notebook: in its others the panel is no help. */
const NOTEBOOK_PAGES: ReadonlySet<string> = new Set(['', 'notebooks']);

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-agent:plugin',
  description: 'A streaming assistant that reads and edits the live notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILayoutRestorer, ICommandPalette, IEditorLanguageRegistry, ITranslator],
  activate,
};

export default plugin;

function activate(
  application: JupyterFrontEnd,
  tracker: INotebookTracker,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null,
  languages: IEditorLanguageRegistry | null,
  translator: ITranslator | null,
): void {
  if (!NOTEBOOK_PAGES.has(PageConfig.getOption('notebookPage'))) {
    return;
  }
  const settings = application.serviceManager.serverSettings;
  const { contents } = application.serviceManager;
  const transport = httpTransport(settings);
  const notebooks = new OpenNotebooks(tracker, (path) => contents.localPath(path));
  const runner = new CellRunner(systemClock);
  const page = new Page({
    transport,
    clock: systemClock,
    random: Math.random,
    lifecycle: browserLifecycle,
    host: new NotebookHost(notebooks, runner, systemClock),
  });
  notebooks.subscribe(() => page.setDocuments(notebooks.list()));
  page.setDocuments(notebooks.list());
  const conversations = new Conversations({
    transport,
    source: page,
    clock: systemClock,
    // The view draws once per frame by itself.
    schedule: (run) => queueMicrotask(run),
    context: () => messageContext(tracker, notebooks, page.pageId),
    preferences: browserPreferences,
    memory: threadMemory(settings.baseUrl),
  });
  const colours = highlighting(languages);
  const environment = viewEnvironment(tracker, notebooks, runner, conversations, colours);
  offerBridge(notebookBridge(notebooks, runner, page, colours));
  const trans = (translator ?? nullTranslator).load('jupyter_agent');
  const memory = panelMemory();
  let restored = false;
  // Only what happens after JupyterLab has put its layout together is the person's doing.
  const panel = new AssistantPanel(conversations, environment, trans.__('Assistant'), (visible) => {
    if (restored) {
      memory.setClosed(!visible);
    }
  });
  application.shell.add(panel, 'right', { rank: 100, type: 'Assistant' });
  restorer?.add(panel, PANEL_ID);
  addCommands(application, conversations, panel, palette, trans);
  void application.restored.then(() => {
    if (!memory.isClosed()) {
      application.shell.activateById(PANEL_ID);
    }
    restored = true;
    return conversations.restore();
  });
}

function httpTransport(settings: ServerConnection.ISettings): HttpTransport {
  return new HttpTransport({
    baseUrl: `${URLExt.join(settings.baseUrl, 'jupyter-agent', 'v1')}/`,
    fetch: (url, init) => ServerConnection.makeRequest(url, init, settings),
    openEventSource: (url) => new EventSource(url),
    streamParameters: () => {
      const xsrf = xsrfCookie(document.cookie);
      return {
        ...(xsrf === null ? {} : { _xsrf: xsrf }),
        // Only where JupyterLab itself has to put it into its socket's URL: a page from another origin, without cookies.
        ...(settings.appendToken && settings.token !== '' ? { token: settings.token } : {}),
      };
    },
  });
}

function viewEnvironment(
  tracker: INotebookTracker,
  notebooks: OpenNotebooks,
  runner: CellRunner,
  conversations: Conversations,
  colours: Pick<ViewEnvironment, 'highlight'>,
): ViewEnvironment {
  const actions = codeActions(() => tracker.currentWidget, runner);
  return {
    get notebook() {
      return tracker.currentWidget === null ? null : actions;
    },
    threads: conversations,
    context: questionContext(tracker, notebooks),
    ...colours,
  };
}

/** How code gets its colours: by the highlighter of JupyterLab's own editors. */
function highlighting(languages: IEditorLanguageRegistry | null): Pick<ViewEnvironment, 'highlight'> {
  return languages === null
    ? {}
    : {
        highlight: (code: string, language: string, element: HTMLElement) =>
          languages.highlight(code, languages.findBest(language, false), element),
      };
}

type Translation = ReturnType<ITranslator['load']>;

function addCommands(
  { commands, shell }: JupyterFrontEnd,
  conversations: Conversations,
  panel: AssistantPanel,
  palette: ICommandPalette | null,
  trans: Translation,
): void {
  const show = (): void => {
    shell.activateById(PANEL_ID);
    panel.focusComposer();
  };
  const describedBy = { args: { type: 'object', properties: {} } } as const;
  commands.addCommand(COMMANDS.open, {
    label: trans.__('Show the Assistant'),
    icon: assistantIcon,
    describedBy,
    execute: show,
  });
  commands.addCommand(COMMANDS.create, {
    label: trans.__('New Chat with the Assistant'),
    describedBy,
    execute: () => {
      // First: the view that is there has the focus then, and hands it to the view of the new conversation.
      show();
      conversations.create();
    },
  });
  commands.addCommand(COMMANDS.stop, {
    label: trans.__('Stop the Assistant'),
    describedBy,
    execute: () => conversations.current?.stop(),
  });
  for (const command of Object.values(COMMANDS)) {
    palette?.addItem({ command, category: trans.__('Assistant') });
  }
}
