/** Cosine of two unit vectors. In four sums, because each addition waits for the one before it. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  const { length } = a;
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let index = 0;
  // All indexes are within both vectors, and a check of each would take longer than the sum.
  for (; index + 3 < length; index += 4) {
    first += (a[index] as number) * (b[index] as number);
    second += (a[index + 1] as number) * (b[index + 1] as number);
    third += (a[index + 2] as number) * (b[index + 2] as number);
    fourth += (a[index + 3] as number) * (b[index + 3] as number);
  }
  for (; index < length; index++) first += (a[index] as number) * (b[index] as number);
  return first + second + third + fourth;
}
