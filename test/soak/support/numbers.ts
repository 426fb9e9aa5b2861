/** Numbers from 0 up to, not including, `bound`, the same in every run with one seed (Numerical Recipes' generator). */
export function numbers(seed = 1): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits repeat soon.
    return Math.floor((state / 2 ** 32) * bound);
  };
}
