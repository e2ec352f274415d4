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

/** Cosines of all pairs of unit vectors of one length: that of `i` and `j` at `i * vectors.length + j`, 0 on the diagonal. */
export function pairwiseDots(vectors: readonly Float32Array[]): Float64Array {
  const size = vectors.length;
  const dots = new Float64Array(size * size);
  const keep = (i: number, j: number, dot: number) => {
    if (i === j || i >= size || j >= size) return;
    dots[i * size + j] = dot;
    dots[j * size + i] = dot;
  };
  // Two by two, because a number that is read takes part in two products then: two thirds of the time of one pair after another.
  for (let i = 0; i < size; i += 2) {
    const a = vectors[i];
    const b = vectors[i + 1] ?? a;
    if (a === undefined || b === undefined) continue;
    for (let j = i; j < size; j += 2) {
      const c = vectors[j];
      const d = vectors[j + 1] ?? c;
      if (c === undefined || d === undefined) continue;
      let [ac, ad, bc, bd] = [0, 0, 0, 0];
      for (let index = 0; index < a.length; index++) {
        const ofA = a[index] ?? 0;
        const ofB = b[index] ?? 0;
        const ofC = c[index] ?? 0;
        const ofD = d[index] ?? 0;
        ac += ofA * ofC;
        ad += ofA * ofD;
        bc += ofB * ofC;
        bd += ofB * ofD;
      }
      keep(i, j, ac);
      keep(i, j + 1, ad);
      keep(i + 1, j, bc);
      keep(i + 1, j + 1, bd);
    }
  }
  return dots;
}

/** Of vectors of any length but 0: how near others are to this one. */
export function cosinesTo(a: Float32Array): (b: Float32Array) => number {
  const squared = dotProduct(a, a);
  return (b) => dotProduct(a, b) / Math.sqrt(squared * dotProduct(b, b));
}
