/** What a page holds but does not show, and what it would run or fetch in a browser: taken out, and counted. */
import type { Warning } from '../../src/core/document.ts';
import type { PageDocument, PageElement } from './html-dom.ts';
import { hidesByStyle } from './html-style.ts';

/** Runs in a browser, or loads something that does. */
const active = 'script,iframe,frame,object,embed,applet,meta[http-equiv=refresh i]';
/** Script elements with these types hold data. */
const dataScript =
  /^(?:application\/(?:ld\+)?json|text\/(?:template|x-[\w-]*template|html)|speculationrules|importmap)$/i;
const external = 'img[src],link[rel~=stylesheet i][href],video[src],audio[src],source[src],input[type=image i][src]';
/** Never part of what a reader reads, and nobody hides anything from readers with it. */
const unreadable =
  'script,style,noscript,template,iframe,frame,object,embed,applet,svg,canvas,audio,video,datalist,[aria-hidden=true],' +
  'input[type=hidden i],input[type=password i],input[type=submit i],input[type=reset i],input[type=button i],input[type=image i],input[type=file i]';
const hidden = '[hidden]:not([hidden="until-found" i]),dialog:not([open]),[style],font[color]';

/** Takes out of the page what is not for readers. Nothing of it is run or fetched; the warnings say how much there was. */
export function dropUnread(document: PageDocument): readonly Warning[] {
  const warnings: Warning[] = [];
  const isStyled = document.querySelector('style,link[rel~=stylesheet i]') !== null;
  const activeWarning = countActive(document);
  if (activeWarning !== null) warnings.push(activeWarning);
  for (const element of document.querySelectorAll(unreadable)) element.remove();
  let count = 0;
  for (const element of document.querySelectorAll(hidden)) {
    if (!isHidden(element, isStyled)) continue;
    // What lies in something that was taken out already has no root any more.
    if ((element.textContent ?? '').trim() !== '' && element.closest('html') !== null) count++;
    element.remove();
  }
  if (count > 0) {
    const message = `${counted(count, 'element')} that the page does not show (hidden, off the page, too small or in the colour of its background): left out.`;
    warnings.push({ code: 'hidden-content-dropped', count, message });
  }
  // Readability takes it for hidden.
  for (const element of document.querySelectorAll('[hidden]')) element.removeAttribute('hidden');
  return warnings;
}

function countActive(document: PageDocument): Warning | null {
  let scripts = 0;
  let frames = 0;
  for (const element of document.querySelectorAll(active)) {
    const isScript = element.tagName === 'SCRIPT';
    if (isScript && dataScript.test(element.getAttribute('type') ?? '')) continue;
    if (isScript) scripts++;
    else frames++;
  }
  let handlers = 0;
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (
        /^on[a-z]/i.test(name) ||
        ((name === 'href' || name === 'action') && /^\s*(?:javascript|vbscript):/i.test(value))
      )
        handlers++;
    }
  }
  let resources = 0;
  for (const element of document.querySelectorAll(external)) {
    const address = element.getAttribute('src') ?? element.getAttribute('href') ?? '';
    if (/^\s*(?:https?:)?\/\//i.test(address)) resources++;
  }
  const count = scripts + frames + handlers + resources;
  if (count === 0) return null;
  const kinds = [
    [scripts, 'script'],
    [frames, 'embedded object'],
    [handlers, 'event handler'],
    [resources, 'external resource'],
  ] as const;
  const found = kinds.filter(([number]) => number > 0).map(([number, kind]) => counted(number, kind));
  return { code: 'active-content-dropped', count, message: `${found.join(', ')}: not run, not fetched, left out.` };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function isHidden(element: PageElement, isStyled: boolean): boolean {
  return element.getAttribute('hidden') !== null || element.tagName === 'DIALOG' || hidesByStyle(element, isStyled);
}
