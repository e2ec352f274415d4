/** A mirror that is a folder: a company's share, a mounted volume, another machine's model folder. */
import { constants, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchRequest, Place } from './place.ts';

export function folderPlace(folder: string): Place {
  return {
    kind: 'mirror',
    name: folder,
    async fetch({ model, file, target, signal, onBytes }: FetchRequest) {
      const path = file.path.split('/');
      const hubParts = model.hubId.split('/');
      // As our own model folder, as the addresses of the hub saved to disk, and under the bare name.
      const candidates = [
        join(folder, ...hubParts, ...path),
        join(folder, ...hubParts, 'resolve', 'main', ...path),
        join(folder, model.name, ...path),
      ];
      for (const candidate of candidates) {
        signal?.throwIfAborted();
        const found = await stat(candidate).catch(() => null);
        if (found === null || !found.isFile()) continue;
        // Any other size would be refused after the copy: a huge file is not copied first.
        if (found.size > file.bytes * 2) continue;
        await copyFile(candidate, target, constants.COPYFILE_FICLONE);
        onBytes(found.size);
        return true;
      }
      return false;
    },
  };
}
