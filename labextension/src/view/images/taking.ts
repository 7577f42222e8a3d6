/** Which files can be attached, and the words for those that cannot. */

/** The server takes no more either. */
export const IMAGES = 8;
const MEGABYTES = 5;

/** For the browser's own file dialogue. */
export const TYPES = 'image/png,image/jpeg,image/gif,image/webp';

/** What kind of image begins with these bytes, whatever the file says that it is. */
export function imageType(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes.slice(0, 12));
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(text)) return 'image/gif';
  return text.startsWith('RIFF') && text.slice(8) === 'WEBP' ? 'image/webp' : null;
}

/** What was taken of some files, and why the rest was not. */
export interface Taken {
  readonly images: readonly Blob[];
  /** A sentence, or null where nothing was left out. */
  readonly refusal: string | null;
}

/** Looks at files that are to stand beside `present` others. Each image's type is what it really is. */
export async function take(files: readonly File[], present: number): Promise<Taken> {
  const images: Blob[] = [];
  let refusal: string | null = null;
  for (const file of files) {
    const name = file.name === '' ? 'It' : `“${file.name}”`;
    const type = imageType(new Uint8Array(await file.slice(0, 12).arrayBuffer().catch(() => new ArrayBuffer(0))));
    if (type === null) refusal = `${name} is no image that can be sent: these are PNG, JPEG, GIF and WebP.`;
    else if (file.size > MEGABYTES * 1_000_000) refusal = `${name} is larger than ${MEGABYTES} MB. Send a smaller image.`;
    else if (present + images.length >= IMAGES) refusal = `A message can have ${IMAGES} images at most.`;
    else images.push(file.slice(0, file.size, type));
  }
  return { images, refusal };
}
