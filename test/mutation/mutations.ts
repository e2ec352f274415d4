/**
 * Source changes of the kinds that break an access decision: turned and dropped conditions, swapped operators, missing guards,
 * filters and sorts left out, emptied lists and strings, a scope taken out of a statement. Each is one replacement in the text.
 */
import { parseAst } from 'vitest/node';

export interface Mutation {
  /** From 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** A node of the syntax tree (ESTree with TypeScript); only what is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const swappedOperators: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
};
const swappedMethods: Readonly<Record<string, string>> = { every: 'some', some: 'every' };
/** Calls that only choose or order: without them the receiver stands for itself. */
const selectingMethods = new Set(['filter', 'sort', 'toSorted', 'slice', 'refine', 'replaceAll', 'reverse']);
/** Expressions around which types stand; nothing else of TypeScript's own nodes runs. */
const typedExpressions = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

/** All single changes of a TypeScript source, in the order of the text. Throws where the source does not parse. */
export function mutationsOf(source: string): readonly Mutation[] {
  const mutations = new Map<string, Mutation>();
  const text = (node: Node) => source.slice(node.start, node.end);
  const replace = ({ start, end }: Pick<Node, 'start' | 'end'>, replacement: string) => {
    const line = source.slice(0, start).split('\n').length;
    mutations.set(`${start} ${end} ${replacement}`, { line, start, end, replacement });
  };
  const visit = (node: Node, parent: Node | null) => {
    for (const replacement of replacementsOf(node, parent, text)) replace(node, replacement);
    for (const part of partsOf(node, source)) replace(part, part.replacement);
    for (const child of childrenOf(node)) visit(child, node);
  };
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node, null);
  return [...mutations.values()].toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** What may stand in place of the whole node. */
function replacementsOf(node: Node, parent: Node | null, text: (node: Node) => string): readonly string[] {
  const nodeAt = (field: string) => node[field] as Node;
  switch (node.type) {
    case 'IfStatement': {
      const isGuard = node.alternate === null;
      return isGuard ? ['{}'] : [];
    }
    case 'ThrowStatement':
      return ['{}'];
    case 'ExpressionStatement':
      return nodeAt('expression').type === 'CallExpression' ? ['{}'] : [];
    case 'LogicalExpression': {
      const [left, right] = [text(nodeAt('left')), text(nodeAt('right'))];
      if (node.operator === '??') return [`(${right})`];
      return [`((${left}) ${node.operator === '&&' ? '||' : '&&'} (${right}))`, `(${left})`, `(${right})`];
    }
    case 'BinaryExpression': {
      const others = swappedOperators[String(node.operator)] ?? [];
      return others.map((operator) => `(${text(nodeAt('left'))} ${operator} ${text(nodeAt('right'))})`);
    }
    case 'UnaryExpression':
      return node.operator === '!' ? [`(${text(nodeAt('argument'))})`] : [];
    case 'CallExpression':
      return withoutSelection(node, text);
    case 'ArrayExpression':
      return (node.elements as readonly unknown[]).length > 0 ? ['[]'] : [];
    case 'Literal':
      return literalReplacements(node, parent);
    default:
      return [];
  }
}

function withoutSelection(node: Node, text: (node: Node) => string): readonly string[] {
  const callee = node.callee as Node;
  if (callee.type !== 'MemberExpression' || callee.computed === true) return [];
  const name = text(callee.property as Node);
  return selectingMethods.has(name) ? [text(callee.object as Node)] : [];
}

function literalReplacements(node: Node, parent: Node | null): readonly string[] {
  if (typeof node.value === 'boolean') return [String(!node.value)];
  if (typeof node.value !== 'string' || node.value === '') return [];
  const isName =
    parent === null || parent.type.startsWith('Import') || parent.type.startsWith('Export') || parent.key === node;
  return isName ? [] : ["''"];
}

/** Changes of a part of a node: its condition, the name of its method, a piece of a statement in SQL. */
function partsOf(node: Node, source: string): readonly (Pick<Node, 'start' | 'end'> & { replacement: string })[] {
  if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') {
    const test = node.test as Node;
    return [{ start: test.start, end: test.end, replacement: `!(${source.slice(test.start, test.end)})` }];
  }
  if (node.type === 'MemberExpression' && node.computed !== true) {
    const { start, end } = node.property as Node;
    const other = swappedMethods[source.slice(start, end)];
    return other === undefined ? [] : [{ start, end, replacement: other }];
  }
  if (node.type !== 'TemplateLiteral') return [];
  const conditions = (node.expressions as readonly Node[])
    .filter(({ start, end }) => source.slice(start, end).endsWith('.condition'))
    .map(({ start, end }) => ({ start, end, replacement: "'TRUE'" }));
  const conjunctions = [...source.slice(node.start, node.end).matchAll(/ AND /g)].map(({ index }) => ({
    start: node.start + index,
    end: node.start + index + ' AND '.length,
    replacement: ' OR ',
  }));
  return [...conditions, ...conjunctions];
}

/** Without types, and without what is written for people only. */
function childrenOf(node: Node): readonly Node[] {
  if (typedExpressions.has(node.type)) return [node.expression as Node];
  if (node.type.startsWith('TS')) return [];
  if (isForPeople(node)) return [];
  return Object.entries(node).flatMap(([field, value]) => {
    if (field === 'typeAnnotation' || field === 'returnType' || field === 'typeArguments') return [];
    return (Array.isArray(value) ? value : [value]).filter(isNode);
  });
}

/** The arguments of an error, and `error:` of a schema. That the error is thrown is what counts. */
function isForPeople(node: Node): boolean {
  const name = (of: unknown) => (isNode(of) && of.type === 'Identifier' ? String(of.name) : '');
  if (node.type === 'NewExpression') return name(node.callee) === 'PerseaError';
  return node.type === 'Property' && name(node.key) === 'error';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}
