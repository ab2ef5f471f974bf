import { z } from 'zod';
import { messageOf } from '../kernel/errors.ts';
import { finding } from '../model/finding.ts';
import type { Rule } from '../model/rule.ts';
import type { Plan } from './plan.ts';

/** The user's rules, each made to cost only itself: one that throws, or finds what is no finding, is told of and finds nothing. */
export function ownRules({ rules = [], listen }: Pick<Plan, 'rules' | 'listen'>): Rule[] {
  return rules.map((rule) => ({
    ...rule,
    explain(view) {
      try {
        return z.array(finding).parse(rule.explain(view));
      } catch (error) {
        listen({ type: 'notice', text: `The rule ${rule.id} broke and says nothing: ${messageOf(error)}` });
        return [];
      }
    },
  }));
}
