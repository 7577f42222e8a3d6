/** Text of which every character can be seen. */
import * as React from 'react';
import { reveal } from './hidden';

/** `text` with each hidden character drawn as its code point: the page itself never holds it, so it cannot act. */
export const Revealed = React.memo(function Revealed({ text }: { text: string }) {
  const pieces = reveal(text);
  return (
    <>
      {pieces.map((piece, index) =>
        piece.code === null ? (
          piece.text
        ) : (
          <span key={index} className="ja-Hidden" title={`Hidden character ${piece.code}`}>
            {piece.code}
          </span>
        ),
      )}
    </>
  );
});
