/**
 * access.yaml: which tags groups hold and which groups people belong to. Whoever is not in it is not known, and whoever is
 * not known sees nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { canaryTag } from '../core/canary.ts';
import { PerseaError } from '../core/errors.ts';
import { parseYaml, strictMapping } from '../core/yaml-file.ts';
import { everyoneTag, tagPattern } from './label.ts';
import { type Principal, type Role, roles } from './principal.ts';

export interface AccessPolicy {
  principal(id: string): Principal | undefined;
  /** Sorted. */
  principalIds(): readonly string[];
  /** Sorted. */
  groupNames(): readonly string[];
  /** For people whom an identity provider vouches for; a group that the policy does not know grants nothing. */
  principalFromGroups(id: string, groups: readonly string[], roles: readonly Role[]): Principal;
}

const name = z
  .string()
  .regex(tagPattern, { error: `is not a valid name; names match ${tagPattern.source.slice(1, -1)}` });
const tag = name.refine((value) => value !== canaryTag, { error: 'is held by nobody, so that canaries work' });

const groupSchema = strictMapping({ tags: z.array(tag).default([]), includes: z.array(name).default([]) });
const principalSchema = strictMapping({
  groups: z.array(name).default([]),
  roles: z.array(z.enum(roles)).default([]),
});

const policySchema = strictMapping({
  groups: z.record(name, groupSchema).default({}),
  principals: z.record(name, principalSchema).default({}),
}).superRefine((policy, context) => {
  const complain = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
  const known = new Set(Object.keys(policy.groups));
  for (const [id, group] of Object.entries(policy.groups)) {
    for (const [index, included] of group.includes.entries()) {
      if (!known.has(included)) complain(['groups', id, 'includes', index], `there is no group "${included}"`);
    }
  }
  for (const [id, principal] of Object.entries(policy.principals)) {
    for (const [index, group] of principal.groups.entries()) {
      if (!known.has(group)) complain(['principals', id, 'groups', index], `there is no group "${group}"`);
    }
  }
  const cycle = cycleOf(new Map(Object.entries(policy.groups)));
  if (cycle !== undefined) {
    complain(['groups', cycle[0] ?? '', 'includes'], `groups include each other in a circle: ${cycle.join(' -> ')}`);
  }
});

type Group = z.output<typeof groupSchema>;

/** Throws `access-invalid` naming line and column. `path` is for messages. */
export function parseAccessPolicy(text: string, path: string): AccessPolicy {
  const file = parseYaml({ text, path, code: 'access-invalid' }, policySchema);
  const groups = new Map(Object.entries(file.groups));
  const principals = new Map(Object.entries(file.principals));
  const principalFromGroups: AccessPolicy['principalFromGroups'] = (id, groupNames, roleNames) => ({
    id,
    groups: groupNames.filter((group) => groups.has(group)),
    roles: [...roleNames],
    ...reachOf(groups, groupNames),
  });
  return {
    principal(id) {
      const principal = principals.get(id);
      return principal === undefined ? undefined : principalFromGroups(id, principal.groups, principal.roles);
    },
    principalIds: () => [...principals.keys()].sort(),
    groupNames: () => [...groups.keys()].sort(),
    principalFromGroups,
  };
}

/** A missing file means that nobody is known, unless the configuration names it. */
export function loadAccessPolicy(file: { readonly path: string; readonly isRequired: boolean }): AccessPolicy {
  if (!file.isRequired && !existsSync(file.path)) return parseAccessPolicy('', file.path);
  let text: string;
  try {
    text = readFileSync(file.path, 'utf8');
  } catch (cause) {
    throw new PerseaError(
      'access-invalid',
      `Tried to read the access policy ${file.path}; there is no readable file. Check its path (\`access\` in persea.yaml), or run \`persea init\`.`,
      { details: { path: file.path }, cause },
    );
  }
  return parseAccessPolicy(text, file.path);
}

/** Walks the includes without recursion, so that no chain is too long. */
function reachOf(
  groups: ReadonlyMap<string, Group>,
  names: readonly string[],
): Pick<Principal, 'memberOf' | 'heldTags'> & { readonly memberOf: readonly string[] } {
  const heldTags = new Set([everyoneTag]);
  const visited = new Set(names.filter((name) => groups.has(name)));
  // A set yields what is added to it during the walk.
  for (const groupName of visited) {
    const group = groups.get(groupName);
    for (const held of group?.tags ?? []) heldTags.add(held);
    for (const included of group?.includes ?? []) visited.add(included);
  }
  return { memberOf: [...visited], heldTags };
}

/** Takes away groups that include nothing more until none is left; what cannot be taken away leads into a circle. */
function cycleOf(groups: ReadonlyMap<string, Group>): readonly string[] | undefined {
  const open = new Map(
    [...groups].map(([id, group]) => [id, new Set(group.includes.filter((other) => groups.has(other)))]),
  );
  const includedBy = new Map<string, string[]>();
  for (const [id, includes] of open) {
    for (const included of includes) includedBy.set(included, [...(includedBy.get(included) ?? []), id]);
  }
  const settled = [...open].filter(([, includes]) => includes.size === 0).map(([id]) => id);
  for (let id = settled.pop(); id !== undefined; id = settled.pop()) {
    open.delete(id);
    for (const including of includedBy.get(id) ?? []) {
      const includes = open.get(including);
      includes?.delete(id);
      if (includes?.size === 0) settled.push(including);
    }
  }
  const walked: string[] = [];
  for (let id = open.keys().next().value; id !== undefined; id = open.get(id)?.values().next().value) {
    if (walked.includes(id)) return [...walked.slice(walked.indexOf(id)), id];
    walked.push(id);
  }
  return undefined;
}
