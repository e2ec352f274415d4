/**
 * A made corpus of any size: clustered vectors, words by Zipf's law, labels of known shares. Each document follows from its
 * number alone, so that every process can tell what it holds and who may see it without asking the product.
 */
import { type AccessLabel, canonicalLabel } from '../../src/access/label.ts';
import { type AccessScope, scopeOf } from '../../src/access/scope.ts';
import type { Chunk } from '../../src/core/chunk.ts';
import { madeChunks } from '../made-revision.ts';
import { RandomNumbers } from '../../test/support/random-numbers.ts';

export const dimensions = 384;
export const chunksPerDocument = 10;
export const wordsPerChunk = 60;
const vocabulary = 50_000;
const topics = 100;
const clustersPerTopic = 20;
/** Questions for whoever sees only these topics are about others: see `Person.isAgainst`. */
const visibleTopics = 10;
const spreadDimensions = 8;
const teams = 20;

/** Whoever holds the tag of a share sees that share of the documents, because each share's documents carry all larger ones' tags. */
const shares = [0.0001, 0.001, 0.01, 0.1, 0.9, 1] as const;

export interface Person {
  readonly name: string;
  readonly tag: string;
  /** Labels are correlated against their questions: the nearest rows are all hidden. */
  readonly isAgainst: boolean;
}

export const people: readonly Person[] = [
  ...shares.toReversed().map((share) => ({ name: `${share * 100} %`, tag: tagOf(share), isAgainst: false })),
  { name: '10 %, labels against the question', tag: 'topics', isAgainst: true },
];

export interface MadeDocument {
  readonly label: AccessLabel;
  readonly texts: readonly string[];
  readonly vectors: readonly Float32Array[];
}

export interface MadeQuestion {
  readonly text: string;
  readonly vector: Float32Array;
}

function tagOf(share: number): string {
  return `share-${share}`;
}

/** In [0, 1), evenly spread over the numbers, and the same topic's documents over all shares. */
function placeOf(document: number): number {
  return (document * 0.618_033_988_749_894_9) % 1;
}

function clusterOf(document: number): number {
  return new RandomNumbers(document).below(topics * clustersPerTopic);
}

function tagsOfDocument(document: number): readonly string[] {
  const place = placeOf(document);
  const topic = Math.floor(clusterOf(document) / clustersPerTopic);
  return [...shares.filter((share) => place < share).map(tagOf), ...(topic < visibleTopics ? ['topics'] : [])];
}

export function labelOf(document: number): AccessLabel {
  return canonicalLabel({ anyOf: [...tagsOfDocument(document), `team-${document % teams}`] });
}

/** Decided from the document's number, not from anything that was stored. */
export function maySee(person: Person, document: number): boolean {
  return tagsOfDocument(document).includes(person.tag);
}

export function visibleRows(person: Person, documents: number): number {
  let rows = 0;
  for (let document = 0; document < documents; document++) if (maySee(person, document)) rows += chunksPerDocument;
  return rows;
}

export function scopeHoldingTags(tags: readonly string[], labels: Iterable<AccessLabel>): AccessScope {
  return scopeOf({ id: 'bench', groups: [], roles: ['employee'], heldTags: new Set(tags) }, labels);
}

export function documentAt(document: number): MadeDocument {
  const random = new RandomNumbers(document + 1_000_000_007);
  const cluster = clusterOf(document);
  return {
    label: labelOf(document),
    // By this word a result tells which chunk it is.
    texts: Array.from({ length: chunksPerDocument }, (_, ordinal) => `d${document}c${ordinal} ${madeText(random)}.`),
    vectors: Array.from({ length: chunksPerDocument }, () => vectorIn(cluster, random)),
  };
}

/** The document's number in the text of one of its chunks. */
export function documentOfText(text: string): number {
  return Number(/^d(\d+)c/.exec(text)?.[1] ?? Number.NaN);
}

export function keyOfText(text: string): string {
  return text.slice(0, text.indexOf(' '));
}

export function questionAt(person: Person, number: number): MadeQuestion {
  const random = new RandomNumbers(number + 2_000_000_011);
  const hidden = (topics - visibleTopics) * clustersPerTopic;
  const cluster = person.isAgainst
    ? visibleTopics * clustersPerTopic + random.below(hidden)
    : random.below(topics * clustersPerTopic);
  // Two words that many chunks hold, and two that few hold.
  const words = [random.below(100), random.below(1_000), random.below(vocabulary), random.zipf(vocabulary)];
  return { text: words.map(wordAt).join(' '), vector: vectorIn(cluster, random) };
}

export function toChunks(texts: readonly string[]): readonly Chunk[] {
  return madeChunks(texts, wordsPerChunk);
}

function madeText(random: RandomNumbers): string {
  return Array.from({ length: wordsPerChunk }, () => wordAt(random.zipf(vocabulary))).join(' ');
}

/** No stemmer shortens them, and none is a stop word. */
const words = Array.from({ length: vocabulary }, (_, rank) => `w${rank.toString(36)}q`);

function wordAt(rank: number): string {
  return words[rank] ?? '';
}

interface Cluster {
  readonly center: Float32Array;
  /** Directions in which the vectors of the cluster differ most. */
  readonly spread: readonly Float32Array[];
}

const noiseRandom = new RandomNumbers(5);
/** Drawn once, and taken from a random place: millions of vectors are made. */
const noise = Float32Array.from({ length: 1 << 20 }, () => (noiseRandom.next() - 0.5) * 0.06);
const clusters = new Map<number, Cluster>();
const topicCenters = new Map<number, Float32Array>();

function clusterAt(number: number): Cluster {
  const known = clusters.get(number);
  if (known !== undefined) return known;
  const random = new RandomNumbers(number + 3_000_000_019);
  const topic = Math.floor(number / clustersPerTopic);
  const topicCenter = topicCenters.get(topic) ?? direction(new RandomNumbers(topic + 4_000_000_007));
  topicCenters.set(topic, topicCenter);
  const own = direction(random);
  const cluster = {
    center: topicCenter.map((value, index) => value + 0.8 * (own[index] ?? 0)),
    spread: Array.from({ length: spreadDimensions }, () => direction(random)),
  };
  clusters.set(number, cluster);
  return cluster;
}

function vectorIn(cluster: number, random: RandomNumbers): Float32Array {
  const { center, spread } = clusterAt(cluster);
  const vector = Float32Array.from(center);
  for (const along of spread) {
    const amount = normal(random) * 0.25;
    for (let index = 0; index < dimensions; index++)
      vector[index] = (vector[index] ?? 0) + amount * (along[index] ?? 0);
  }
  const offset = random.below(noise.length - dimensions);
  for (let index = 0; index < dimensions; index++) vector[index] = (vector[index] ?? 0) + (noise[offset + index] ?? 0);
  return normalized(vector);
}

function direction(random: RandomNumbers): Float32Array {
  return normalized(Float32Array.from({ length: dimensions }, () => normal(random)));
}

/** Close to a normal distribution: a sum of even ones. */
function normal(random: RandomNumbers): number {
  return (random.next() + random.next() + random.next() + random.next() - 2) * Math.sqrt(3);
}

function normalized(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.sqrt(squares);
  return vector.map((value) => value / norm);
}
