// The evaluator's has() takes names only; CEL's takes any selection. `has(list[0].field)` is rewritten into the optional
// selection that means the same: `(list[0].?field).hasValue()`.

/** The expression with every has() that goes through an index rewritten. */
export function rewriteHas(expression: string): string {
  let result = '';
  let at = 0;
  for (;;) {
    const start = findCall(expression, at);
    if (start < 0) return result + expression.slice(at);
    const end = closingParenthesis(expression, start + 'has('.length);
    const argument = expression.slice(start + 'has('.length, end);
    result += expression.slice(at, start) + rewriteCall(argument);
    at = end + 1;
  }
}

function rewriteCall(argument: string): string {
  const dot = argument.lastIndexOf('.');
  if (!argument.includes('[') || dot < 0) return `has(${argument})`;
  return `(${argument.slice(0, dot)}.?${argument.slice(dot + 1).trim()}).hasValue()`;
}

function findCall(expression: string, from: number): number {
  const pattern = /(?<![\w.])has\(/g;
  pattern.lastIndex = from;
  return pattern.exec(expression)?.index ?? -1;
}

function closingParenthesis(expression: string, from: number): number {
  let depth = 1;
  for (let i = from; i < expression.length; i++) {
    if (expression[i] === '(') depth++;
    if (expression[i] === ')' && --depth === 0) return i;
  }
  return expression.length;
}
