/** The images that go with the next message. */
import * as React from 'react';
import { Icon } from '../icons';
import { Bytes } from './Picture';
import { TYPES } from './taking';

interface Properties {
  readonly images: readonly Blob[];
  readonly remove: (image: Blob) => void;
}

/** Small, each with a way to take it off again. */
export function Attachments({ images, remove }: Properties) {
  if (images.length === 0) return null;
  return (
    <ul className="ja-Attachments" aria-label="Attached images">
      {images.map((image, index) => (
        <Attachment key={index} image={image} number={index + 1} remove={() => remove(image)} />
      ))}
    </ul>
  );
}

function Attachment({ image, number, remove }: { image: Blob; number: number; remove: () => void }) {
  return (
    <li className="ja-Attachment">
      <Bytes file={image} alt={`Image ${number}`} />
      <button type="button" title="Remove" aria-label={`Remove image ${number}`} onClick={remove}>
        <Icon name="cross" size={12} />
      </button>
    </li>
  );
}

/** Opens the browser's file dialogue. */
export function AttachButton({ attach }: { attach: (files: readonly File[]) => void }) {
  const input = React.useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept={TYPES}
        multiple
        hidden
        onChange={(event) => {
          attach([...(event.target.files ?? [])]);
          // The same file chosen again is news again.
          event.target.value = '';
        }}
      />
      <button
        type="button"
        className="ja-IconButton"
        title="Attach an image"
        aria-label="Attach an image"
        onClick={() => input.current?.click()}
      >
        <Icon name="image" />
      </button>
    </>
  );
}

/** Files in what is pasted; none where it is text that only comes with a picture of itself, as from a spreadsheet. */
export function pastedFiles(data: DataTransfer): File[] {
  const isText = data.getData('text/plain') !== '' && data.types.includes('text/html');
  return isText ? [] : [...data.files];
}
