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

/** A plot that nobody has drawn well. */
async function picture(): Promise<Blob> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 400];
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, 640, 400);
  ['#1f77b4', '#ff7f0e', '#2ca02c'].forEach((colour, index) => {
    pen.fillStyle = colour;
    pen.fillRect(90 + index * 180, 320 - 90 * (index + 1), 120, 90 * (index + 1));
  });
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob!)));
}

const height = Number(parameters.get('height') ?? 760);
if (parameters.has('scenes')) {
  for (const name of list('scenes', '')) {
    for (const theme of list('themes', 'light')) {
      for (const width of list('widths', '400')) {
        const scene = scenes[name]!;
        const chat = new ScriptedChat(stateOf(scene, `${name}-${theme}-${width}`));
        if (scene.connection) chat.connection = scene.connection;
        if (scene.capabilities) chat.capabilities = scene.capabilities;
        chat.chosenModel = scene.model ?? null;
        chat.image = (name) => (name === 'picture' ? picture() : Promise.resolve(null));
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
