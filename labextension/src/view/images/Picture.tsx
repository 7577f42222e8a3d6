/** An image of the person's, shown from bytes that this page holds: drawing it asks nobody for anything. */
import * as React from 'react';
import { useView } from '../context';

/** A picture of a question. A click on it shows it whole, another one small again. */
export function Picture({ name, label }: { name: string; label: string }) {
  const { chat } = useView();
  const [file, setFile] = React.useState<Blob | 'loading' | null>('loading');
  const [whole, setWhole] = React.useState(false);
  React.useEffect(() => {
    let current = true;
    // While another name of the same image is looked up, what is shown stays.
    void chat.image(name).then((found) => {
      if (current) setFile(found);
    });
    return () => {
      current = false;
    };
  }, [chat, name]);
  if (file === null) return <span className="ja-Picture ja-is-gone">{`${label} is not there any more`}</span>;
  return (
    <button
      type="button"
      className={`ja-Picture${whole ? ' ja-is-whole' : ''}`}
      aria-label={label}
      aria-expanded={whole}
      title={whole ? 'Show it small' : 'Show it whole'}
      onClick={() => setWhole(!whole)}
    >
      {file !== 'loading' && <Bytes file={file} alt="" />}
    </button>
  );
}

/** An image of these bytes, by an address that lives as long as it is drawn. */
export function Bytes({ file, alt }: { file: Blob; alt: string }) {
  const image = React.useRef<HTMLImageElement>(null);
  React.useLayoutEffect(() => {
    const url = URL.createObjectURL(file);
    image.current?.setAttribute('src', url);
    return () => URL.revokeObjectURL(url);
  }, [file]);
  return <img ref={image} alt={alt} draggable={false} />;
}
