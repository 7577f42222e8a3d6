/** The chat view. */
export { ChatView } from './ChatView';
export type { ChatViewProperties } from './ChatView';
export type { CodeActions, QuestionContext, Threads, ViewEnvironment } from './environment';
export { focusComposer } from './focus';
