/** The clips of a model in two dimensions, and the way between the plane and z. */

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {{x: number, y: number}} Spot  on the plane */
/** @typedef {{share: number, clips: number[][], middle: number[]}} Island  of clips of the same labels */
/** @typedef {{index: number, mean: number, standard_deviation: number}} Dimension  of z */

export const N_BLENDED = 4; // clips around a spot that tell what the plane cannot
const [N_LIKE, LIKENESS] = [3, 0.5]; // clips most like a carried point, and how far it goes to their mean
const SMALL_SHARE = 1e-3; // of an island that labels hardly ask for
const DIGITS = 6; // of a coordinate: links and curl lines stay short

export class Space {
  /** @param {any} answer  of /models/{name}/map, with z where the map is not z itself */
  constructor(answer) {
    /** @type {{origin: number[], x_axis: number[], y_axis: number[]}} */
    this.axes = answer.axes;
    this.flat = answer.projection === "identity"; // x and y are z itself
    this.islands = answer.projection === "islands"; // of clips of the same labels
    /** @type {Dimension[]} the strongest first */
    this.dimensions = answer.dimensions;
    /** @type {Record<string, string[]>} */
    this.values = answer.values;
    /** @type {Record<string, number[]>} */
    this.labels = answer.points.labels;
    /** @type {number[]} */ this.x = answer.points.x;
    /** @type {number[]} */ this.y = answer.points.y;
    /** @type {number[][]} */ this.z = answer.points.z ?? [];
    this.nClips = answer.n_clips;
    /** which clips take part: the legend hides some */
    this.shown = new Array(this.x.length).fill(true);
  }

  /** @returns {string[]} names of the labels that the clips carry */
  get names() {
    return Object.keys(this.labels);
  }

  /** @param {string} name @param {number} clip */
  valueOf(name, clip) {
    return this.values[name][this.labels[name][clip]];
  }

  /** @param {string | undefined} name @param {Set<number>} hidden  indices of the values to leave out */
  hide(name, hidden) {
    this.shown = this.x.map((_, clip) => !(name && hidden.has(this.labels[name][clip])));
  }

  /** @param {Spot} spot @param {number} [count] @returns {{clip: number, distance: number}[]} nearest first */
  nearest(spot, count = 1) {
    /** @type {{clip: number, distance: number}[]} */
    const best = [];
    for (let clip = 0; clip < this.x.length; clip++) {
      if (!this.shown[clip]) continue;
      const distance = Math.hypot(this.x[clip] - spot.x, this.y[clip] - spot.y);
      if (best.length === count && distance >= best[count - 1].distance) continue;
      const at = best.findIndex((other) => distance < other.distance);
      best.splice(at < 0 ? best.length : at, 0, { clip, distance });
      best.length = Math.min(best.length, count);
    }
    return best;
  }

  /**
   * The z under a spot: the plane's own, and what the nearest clips add beside the plane, the nearer the more. On
   * a clip it is that clip's z.
   * @param {Spot} spot
   * @returns {number[]}
   */
  toZ(spot) {
    const { origin, x_axis, y_axis } = this.axes;
    const onPlane = (/** @type {Spot} */ { x, y }, /** @type {number} */ i) => origin[i] + x * x_axis[i] + y * y_axis[i];
    const z = origin.map((_, i) => onPlane(spot, i));
    if (this.flat) return z.map(rounded);
    const near = this.nearest(spot, N_BLENDED);
    const weights = near.map(({ distance }) => 1 / (distance ** 2 + 1e-9));
    const sum = weights.reduce((a, b) => a + b, 0);
    near.forEach(({ clip }, n) => {
      const at = { x: this.x[clip], y: this.y[clip] };
      for (let i = 0; i < z.length; i++) z[i] += (weights[n] / sum) * (this.z[clip][i] - onPlane(at, i));
    });
    return z.map(rounded);
  }

  /**
   * The z that a sound would have with other labels: moved from the middle of the clips of ones to the others', and
   * part of the way from there to those that are most like it, as the service does.
   * @param {number[]} z
   * @param {Labels} from
   * @param {Labels} to
   * @returns {number[]}
   */
  carried(z, from, to) {
    const [here, there] = [this.#islandsOf(from), this.#islandsOf(to)];
    const [middle, target] = [this.#middleOf(from), this.#middleOf(to)];
    const beside = z.map((value, i) => value - middle[i]);
    const shareOf = (/** @type {Map<string, Island>} */ islands, /** @type {string} */ key) => islands.get(key)?.share ?? 0;
    const keys = [...new Set([...here.keys(), ...there.keys()])];
    const changed = keys.reduce((sum, key) => sum + Math.abs(shareOf(there, key) - shareOf(here, key)), 0) / 2; // 0 to 1
    const carried = beside.map((value, i) => value + target[i]);
    for (const { share, clips, middle: own } of there.values()) {
      if (share < SMALL_SHARE || clips.length < N_LIKE) continue;
      const away = (/** @type {number[]} */ clip) => clip.reduce((sum, value, i) => sum + (value - own[i] - beside[i]) ** 2, 0);
      const likest = [...clips].sort((a, b) => away(a) - away(b)).slice(0, N_LIKE);
      const part = LIKENESS * changed * share;
      carried.forEach((_, i) => (carried[i] += part * (mean(likest.map((clip) => clip[i])) - own[i] - beside[i])));
    }
    return carried.map(rounded);
  }

  /** The mean z of the clips of labels; where no clip has them together, from each label alone. @param {Labels} labels @returns {number[]} */
  #middleOf(labels) {
    const together = this.#islandsOf(labels);
    if (together.size) return middleOf(together);
    const overall = middleOf(this.#islandsOf({}));
    const alone = Object.entries(labels).map(([name, choice]) => this.#islandsOf({ [name]: choice })).filter(({ size }) => size);
    return alone.map(middleOf).reduce((sum, middle) => sum.map((value, i) => value + middle[i] - overall[i]), overall);
  }

  /** The islands that labels are of, and how much of each. @param {Labels} labels @returns {Map<string, Island>} */
  #islandsOf(labels) {
    const asked = Object.entries(labels).filter(([name]) => this.labels[name]);
    /** @type {Map<string, Island>} */
    const islands = new Map();
    let total = 0;
    for (let clip = 0; clip < this.x.length; clip++) {
      const weight = asked.reduce((share, [name, choice]) => share * weightOf(choice, this.valueOf(name, clip)), 1);
      if (weight === 0) continue;
      const key = this.names.map((name) => this.labels[name][clip]).join();
      const island = islands.get(key) ?? { share: 0, clips: [], middle: [] };
      island.clips.push(this.flat ? [this.x[clip], this.y[clip]] : this.z[clip]);
      island.share += weight;
      islands.set(key, island);
      total += weight;
    }
    for (const island of islands.values()) {
      island.share /= total;
      island.middle = island.clips[0].map((_, i) => mean(island.clips.map((clip) => clip[i])));
    }
    return islands;
  }

  /**
   * Where a z of these labels lies on the plane, seen at right angles.
   * @param {number[]} z
   * @param {Labels} [labels]
   * @returns {Spot}
   */
  toSpot(z, labels = {}) {
    const { origin, x_axis, y_axis } = this.axes;
    const clip = this.islands ? this.#nearestIn(z, labels) : -1;
    const [from, x, y] = clip < 0 ? [origin, 0, 0] : [this.z[clip], this.x[clip], this.y[clip]];
    const along = (/** @type {number[]} */ axis) =>
      z.reduce((sum, value, i) => sum + (value - from[i]) * axis[i], 0) / (axis.reduce((sum, a) => sum + a * a, 0) || 1);
    return { x: x + along(x_axis), y: y + along(y_axis) };
  }

  /** The clip nearest to a z among those of the likeliest labels, or of all. @param {number[]} z @param {Labels} labels */
  #nearestIn(z, labels) {
    const asked = this.names.filter((name) => labels[name]).map((name) => ({ name, value: likeliest(labels[name]) }));
    let [best, least] = [-1, Infinity];
    this.z.forEach((other, clip) => {
      if (asked.some(({ name, value }) => this.valueOf(name, clip) !== value)) return;
      const distance = other.reduce((sum, value, i) => sum + (value - z[i]) ** 2, 0);
      if (distance < least) [best, least] = [clip, distance];
    });
    return best;
  }

  /** @returns {{left: number, right: number, bottom: number, top: number}} around nearly all clips */
  get bounds() {
    const [xs, ys] = [this.x, this.y].map((values) => [...values].sort((a, b) => a - b));
    const edge = Math.floor(xs.length * 0.002);
    return { left: xs[edge], right: xs[xs.length - 1 - edge], bottom: ys[edge], top: ys[ys.length - 1 - edge] };
  }

  /** @returns {string | undefined} the label whose values lie furthest apart on the plane, for what they are spread */
  get clearest() {
    const parted = (/** @type {string} */ name) => {
      const middles = new Map(this.middles(name).map((middle) => [middle.index, middle]));
      let [within, between] = [0, 0];
      this.labels[name].forEach((index, clip) => {
        const middle = middles.get(index) ?? { x: 0, y: 0 };
        within += (this.x[clip] - middle.x) ** 2 + (this.y[clip] - middle.y) ** 2;
        between += middle.x ** 2 + middle.y ** 2;
      });
      return between / (within || 1);
    };
    return [...this.names].sort((a, b) => parted(b) - parted(a))[0];
  }

  /** @param {string} name @returns {{index: number, x: number, y: number}[]} the middle of each value's shown clips */
  middles(name) {
    return this.values[name].flatMap((_, index) => {
      const clips = this.x.flatMap((_, clip) => (this.shown[clip] && this.labels[name][clip] === index ? [clip] : []));
      const middle = (/** @type {number[]} */ of) => (this.islands ? mean : median)(clips.map((clip) => of[clip]));
      return clips.length ? [{ index, x: middle(this.x), y: middle(this.y) }] : [];
    });
  }
}

/** The mean z of islands, each as often as it is asked for. @param {Map<string, Island>} islands @returns {number[]} */
function middleOf(islands) {
  const all = [...islands.values()];
  return all[0].middle.map((_, i) => all.reduce((sum, { share, middle }) => sum + share * middle[i], 0));
}

/** @param {string | Record<string, number>} value @returns {string} */
function likeliest(value) {
  return typeof value === "string" ? value : Object.entries(value).sort((a, b) => b[1] - a[1])[0][0];
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** @param {string | Record<string, number>} choice @param {string} value */
function weightOf(choice, value) {
  return typeof choice === "string" ? Number(choice === value) : (choice[value] ?? 0);
}

/** @param {number} value */
export function rounded(value) {
  return Number(value.toPrecision(DIGITS));
}

/** @param {number[]} from @param {number[]} to @param {number} share @returns {number[]} on the line between them */
export function between(from, to, share) {
  return from.map((value, i) => rounded(value + share * (to[i] - value)));
}
