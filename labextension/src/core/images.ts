/** The images of one conversation: those that a person has just attached, and those that the server keeps. */
import { contentImages, contentText } from './content';
import type { Transport } from './transport';
import type { MessageContent, RunInput } from './wire';

/** A message's content: its words alone, or before references to its images. */
export function contentOf(text: string, images: readonly string[]): MessageContent {
  if (images.length === 0) {
    return text;
  }
  const words = text === '' ? [] : [{ type: 'text', text } as const];
  return [...words, ...images.map((id) => ({ type: 'image', source: { type: 'url', value: `blobs/${id}` } }) as const)];
}

/** Promises: each file is given to the server once, however often its message is sent; nothing is read twice. */
export class Images {
  private readonly files = new Map<string, Promise<Blob>>();
  private readonly uploads = new Map<string, Promise<string>>();
  private count = 0;

  constructor(
    private readonly threadId: string,
    private readonly transport: Pick<Transport, 'upload' | 'readBlob'>,
  ) {}

  /** Keeps a file that the server does not have yet; its name here. */
  hold(file: Blob): string {
    this.count += 1;
    const name = `attached-${this.count}`;
    this.files.set(name, Promise.resolve(file));
    return name;
  }

  /** The image of that name, or of that blob of the server's; null if it cannot be had. */
  async read(name: string): Promise<Blob | null> {
    const file = this.files.get(name) ?? this.transport.readBlob(name);
    this.files.set(name, file);
    try {
      return await file;
    } catch {
      // The next one who looks may have more luck.
      this.files.delete(name);
      return null;
    }
  }

  /** The same request with every attached image given to the server. Rejects as the transport does. */
  async uploaded(body: RunInput): Promise<RunInput> {
    const messages = await Promise.all(
      body.messages.map(async (message) => {
        const images = contentImages(message.content);
        if (images.length === 0) {
          return message;
        }
        const given = await Promise.all(images.map((name) => this.upload(name)));
        return { ...message, content: contentOf(contentText(message.content), given) };
      }),
    );
    return { ...body, messages };
  }

  private async upload(name: string): Promise<string> {
    const file = this.files.get(name);
    if (!name.startsWith('attached-') || file === undefined) {
      return name;
    }
    const upload = this.uploads.get(name) ?? file.then((held) => this.transport.upload(this.threadId, held));
    this.uploads.set(name, upload);
    try {
      const blobId = await upload;
      this.files.set(blobId, file);
      return blobId;
    } catch (error) {
      this.uploads.delete(name);
      throw error;
    }
  }
}
