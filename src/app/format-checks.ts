/** Whether the context format in use is there, and each of the company's own can be used. */
import type { Config } from '../config.ts';
import { OwnFormats } from '../context/formats/own-formats.ts';
import { builtInFormats, contextFormat } from '../context/formats/registry.ts';

export async function checkFormats({ context }: Pick<Config, 'context'>): Promise<string> {
  const formats = await new OwnFormats(context.formatsDir).registry();
  contextFormat(formats, context.format);
  return `${context.format} in use; ${formats.size - builtInFormats.size} own formats`;
}
