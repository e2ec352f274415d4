/** Vectors of texts and how alike two are. */

/** The cosine, of two unit vectors. Four sums side by side, because one would wait for each addition before the next. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  const whole = a.length - (a.length % 4);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let index = 0; index < whole; index += 4) {
    first += (a[index] ?? 0) * (b[index] ?? 0);
    second += (a[index + 1] ?? 0) * (b[index + 1] ?? 0);
    third += (a[index + 2] ?? 0) * (b[index + 2] ?? 0);
    fourth += (a[index + 3] ?? 0) * (b[index + 3] ?? 0);
  }
  for (let index = whole; index < a.length; index++) first += (a[index] ?? 0) * (b[index] ?? 0);
  return first + second + (third + fourth);
}

/** Of vectors of any length but 0: how near others are to this one. */
export function cosinesTo(a: Float32Array): (b: Float32Array) => number {
  const squared = dotProduct(a, a);
  return (b) => dotProduct(a, b) / Math.sqrt(squared * dotProduct(b, b));
}
