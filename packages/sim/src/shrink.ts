import type { Action } from './nemesis/model.js';

type Plan = readonly (readonly Action[])[];

/** Drops the actions at these places, counted over all episodes. */
function without(plan: Plan, from: number, to: number): Plan {
  let place = 0;
  return plan.map((actions) =>
    actions.filter(() => {
      const keep = place < from || place >= to;
      place += 1;
      return keep;
    }),
  );
}

const sizeOf = (plan: Plan): number => plan.reduce((sum, actions) => sum + actions.length, 0);

/** Delta debugging (Zeller and Hildebrandt): drops ever smaller pieces of a plan for as long as what is left still `fails`. */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let best = plan;
  for (let piece = Math.ceil(sizeOf(best) / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let from = 0; from < sizeOf(best);) {
      const candidate = without(best, from, from + piece);
      if (await fails(candidate)) best = candidate;
      else from += piece;
    }
  }
  return best;
}
