/**
 * The demo page. `?scenes=answer,approval&themes=light,dark&widths=280,400&height=640` shows each scene in each theme
 * and width side by side; without parameters one live chat that answers from a script.
 */
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { ChatView } from '../src/view';
import { highlight } from './highlight';
import { live } from './live';
import { scenes, stateOf } from './scenes';
import { ScriptedChat, scriptedEnvironment } from './scripted';

const parameters = new URLSearchParams(location.search);
const list = (name: string, otherwise: string): string[] => (parameters.get(name) ?? otherwise).split(',');

const environment = scriptedEnvironment({ highlight });
const host = document.getElementById('panels')!;

function panel(theme: string, width: number, height: number, chat: ScriptedChat): void {
  const frame = document.createElement('div');
  frame.className = `frame ${theme}`;
  frame.style.width = `${width}px`;
  frame.style.height = `${height}px`;
  host.append(frame);
  createRoot(frame).render(<ChatView chat={chat} environment={environment} />);
}

const height = Number(parameters.get('height') ?? 760);
if (parameters.has('scenes')) {
  for (const name of list('scenes', '')) {
    for (const theme of list('themes', 'light')) {
      for (const width of list('widths', '400')) {
        const scene = scenes[name]!;
        const chat = new ScriptedChat(stateOf(scene, `${name}-${theme}-${width}`));
        if (scene.connection) chat.connection = scene.connection;
        panel(theme, Number(width), height, chat);
      }
    }
  }
} else {
  const chat = live();
  // So that a script in the console can go on from here.
  Object.assign(globalThis, { chat });
  panel(parameters.get('theme') ?? 'light', Number(parameters.get('width') ?? 400), height, chat);
}

// Opens what a click would open, for pictures: ?click=.ja-ThreadMenu button
const click = parameters.get('click');
if (click !== null) {
  setTimeout(() => document.querySelectorAll<HTMLElement>(click).forEach((element) => element.click()), 300);
}
