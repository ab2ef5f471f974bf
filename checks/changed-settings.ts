import { defineCheck, pass, plural, skip, z } from '../src/api.ts';

const setting = z.strictObject({ name: z.string(), value: z.string(), default_value: z.string() });
const facts = z.strictObject({
  user: z.string(),
  settings: z.array(setting).nullable(),
  merge_tree_settings: z.array(setting).nullable(),
});
type Setting = z.infer<typeof setting>;

export default defineCheck<z.infer<typeof facts>>({
  id: 'changed-settings',
  title: 'Which settings differ from the defaults of this version is on record',
  failureTitle: 'Which settings differ from the defaults of this version is not on record',
  why: 'Two servers of one version behave differently by their settings; what was in force then cannot be asked for later.',
  phases: ['before', 'after'],
  needs: ['http', 'system.settings'],
  factsVersion: 1,
  facts,
  async collect(probe) {
    const { system, user } = probe.capabilities;
    const ask = async (table: 'settings' | 'merge_tree_settings', statement: string): Promise<Setting[] | null> =>
      table in system ? probe.sql<Setting>(statement) : null;
    return {
      user,
      settings: await ask('settings', 'changed-settings'),
      merge_tree_settings: await ask('merge_tree_settings', 'changed-merge-tree-settings'),
    };
  },
  judge({ user, settings, merge_tree_settings }, { before }) {
    if (settings === null && merge_tree_settings === null) return skip('neither kind of setting is visible');
    const all = [...(settings ?? []), ...(merge_tree_settings ?? [])];
    const was =
      before &&
      new Map([...(before.settings ?? []), ...(before.merge_tree_settings ?? [])].map((one) => [one.name, one.value]));
    const moved = was === undefined ? [] : all.filter((one) => (was.get(one.name) ?? one.default_value) !== one.value);
    const because = [
      ...moved.map((one) => `${one.name} = ${one.value} now, and ${was?.get(one.name) ?? 'the default'} before`),
      ...all.map(line),
    ].slice(0, 60);
    const names = moved.map((one) => one.name);
    const named = names.length > 3 ? plural(names.length, 'of them', 'of them') : names.join(', ');
    const changed = names.length === 0 ? '' : `; changed since before the load: ${named}`;
    return pass(
      `${plural(settings?.length ?? 0, 'setting')} of ${user} and ${plural(merge_tree_settings?.length ?? 0, 'setting')} of MergeTree tables differ from the defaults${changed}`,
      { because },
    );
  },
});

function line({ name, value, default_value }: Setting): string {
  return `${name} = ${value}${default_value === '' ? '' : ` (default ${default_value})`}`;
}
