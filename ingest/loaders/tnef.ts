/** Files in a `winmail.dat`, in which Outlook packs what it sends to strangers (MS-OXTNEF). */

export interface PackedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const signature = 0x223e_9f78;
const beginAttachment = 0x0006_9002;
const attachmentTitle = 0x0001_8010;
const attachmentData = 0x0006_800f;
const attachmentProperties = 0x0006_9005;
/** Level, id and length before the data of an attribute, and a checksum behind it. */
const headerBytes = 9;
const checksumBytes = 2;

/** What can be read of it; a file that is cut short ends the list. */
export function unpackTnef(bytes: Uint8Array): readonly PackedFile[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== signature) return [];
  const files: { name: string; bytes: Uint8Array | null }[] = [];
  for (let at = 6; at + headerBytes <= bytes.length; ) {
    const id = view.getUint32(at + 1, true);
    const length = view.getUint32(at + 5, true);
    const start = at + headerBytes;
    if (start + length > bytes.length) break;
    const data = bytes.subarray(start, start + length);
    const file = files.at(-1);
    if (id === beginAttachment) files.push({ name: '', bytes: null });
    else if (file !== undefined && id === attachmentData) file.bytes = data;
    else if (file !== undefined && id === attachmentTitle && file.name === '') file.name = windowsText(data);
    else if (file !== undefined && id === attachmentProperties) file.name = longNameIn(data) ?? file.name;
    at = start + length + checksumBytes;
  }
  return files.flatMap(({ name, bytes: content }) => (content === null ? [] : [{ name, bytes: content }]));
}

function windowsText(data: Uint8Array): string {
  return new TextDecoder('windows-1252')
    .decode(data)
    .replace(/\0[\s\S]*$/, '')
    .trim();
}

/**
 * The title above has room for eight letters and an ending; the whole name is a property of type Unicode with the id 0x3707:
 * a count of one, its length in bytes, its letters.
 */
function longNameIn(data: Uint8Array): string | null {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const at = buffer.indexOf(Buffer.from([0x1f, 0x00, 0x07, 0x37, 0x01, 0x00, 0x00, 0x00]));
  if (at === -1 || at + 12 > buffer.length) return null;
  const length = buffer.readUInt32LE(at + 8);
  if (length < 2 || length > 1_024 || at + 12 + length > buffer.length) return null;
  return (
    buffer
      .toString('utf16le', at + 12, at + 12 + length)
      .replace(/\0[\s\S]*$/, '')
      .trim() || null
  );
}
