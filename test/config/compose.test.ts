import { expect, test } from 'vitest';
import { composeEnvironments } from '../../src/config/compose.ts';

const environments = (text: string) =>
  Object.fromEntries([...composeEnvironments(text)].map(([name, own]) => [name, Object.fromEntries(own)]));

test('environments are read as compose prints them: dollars twice, numbers bare, variables without a value', () =>
  expect(
    environments(`
name: shop
services:
  loader:
    environment:
      A_TOKEN: pa$$ss
      N: 5
      UNSET: null
    image: api:prod
  server: {}
`),
  ).toEqual({ loader: { A_TOKEN: 'pa$ss', N: '5' }, server: {} }));

test('a project without services has no environment', () => expect(environments('version: "3.9"\n')).toEqual({}));
