/** Plug-in of oxlint with a rule that it lacks. */

/** What the rule reads of oxlint's syntax tree. */
interface NewExpression {
  readonly callee: { readonly type: string; readonly name?: string };
  readonly arguments: readonly unknown[];
}

interface RuleContext {
  report(problem: { readonly node: NewExpression; readonly message: string }): void;
}

export default {
  meta: { name: 'pure-rooms' },
  rules: {
    /** `Date.now` is restricted by oxlint's own rule; this one finds `new Date()`. */
    'no-current-date': {
      create: (context: RuleContext) => ({
        NewExpression(node: NewExpression) {
          if (node.callee.name !== 'Date' || node.arguments.length > 0) return;
          context.report({ node, message: 'Pure rooms take the time from their input.' });
        },
      }),
    },
  },
};
