/** The training clips of a model on a plane, and the way between the plane and z: the twin of audio/projection.py. */

import { numberOf } from "./labels.js";

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {{x: number, y: number}} Spot  on the plane */
/** @typedef {{index: number, mean: number, standard_deviation: number}} Dimension  of z */
/** @typedef {Spot & {index: number, text: string}} Heading  a value of a label, or several, and the middle of its clips */

export const N_BLENDED = 4; // clips around a spot that determine the dimensions outside the plane
const ON_A_CLIP = 1e-9; // squared distance
const CLUSTER_RADIUS = 0.42; // of the distance between the columns of clusters
const EDGE_SHARE = 0.002; // of the clips may lie outside the bounds, on each side

export class Projection {
  /**
   * @param {any} answer  of /models/{name}/map, with z unless x and y are z itself
   * @param {string[]} steering  the labels that steer the decoder
   */
  constructor(answer, steering) {
    /** @type {{origin: number[], x_axis: number[], y_axis: number[]}} */
    this.axes = answer.axes;
    this.flat = answer.projection === "identity"; // x and y are z itself
    this.clustered = answer.projection === "clusters"; // one cluster for each combination of labels
    this.steering = steering;
    /** @type {Dimension[]} the one with the widest spread first */
    this.dimensions = answer.dimensions;
    /** @type {Record<string, string[]>} */
    this.values = answer.values;
    /** @type {string[]} labels whose values are numbers */
    this.numbers = answer.numbers ?? [];
    /** @type {string} the number that is x within a cluster, empty where x is a direction of z */
    this.xNumber = answer.x_number ?? "";
    /** @type {Record<string, number[]>} */
    this.labels = answer.points.labels;
    /** @type {number[]} */ this.x = answer.points.x;
    /** @type {number[]} */ this.y = answer.points.y;
    /** @type {number[][]} */ this.z = answer.points.z ?? [];
    /** which clips take part: the legend hides some */
    this.shown = new Array(this.x.length).fill(true);
  }

  /** @returns {string[]} names of the labels that the clips have */
  get names() {
    return Object.keys(this.labels);
  }

  /** @returns {import("./labels.js").Scales} */
  get scales() {
    return Object.fromEntries(this.numbers.map((name) => [name, this.values[name]]));
  }

  /** @param {string | undefined} name @returns {number} of the values of a number, which are a scale; 0 for a name */
  scaleOf(name) {
    return name && this.numbers.includes(name) ? this.values[name].length : 0;
  }

  /** @param {string} name @param {number} clip */
  valueOf(name, clip) {
    return this.values[name][this.labels[name][clip]];
  }

  /** @param {number} clip @returns {number[]} */
  zOf(clip) {
    return this.flat ? [this.x[clip], this.y[clip]].slice(0, this.axes.origin.length) : this.z[clip];
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
   * The clip whose labels a spot has: the nearest one. Where x is a number, it is the one of that cluster which is
   * nearest in x.
   * @param {Spot} spot
   * @returns {number}
   */
  labelled(spot) {
    const [{ clip: near }] = this.nearest(spot);
    if (!this.xNumber) return near;
    const inCluster = (/** @type {number} */ clip) => this.steering.every((name) => this.labels[name][clip] === this.labels[name][near]);
    const there = [...this.x.keys()].filter((clip) => this.shown[clip] && inCluster(clip));
    const [dx, dy] = [this.x.map((x) => Math.abs(x - spot.x)), this.y.map((y) => Math.abs(y - spot.y))];
    return there.sort((a, b) => dx[a] - dx[b] || dy[a] - dy[b])[0];
  }

  /**
   * The z at a spot: the plane gives its part, the nearest clips give the rest, weighted by nearness. On a clip it is
   * that clip's z.
   * @param {Spot} spot
   * @returns {number[]}
   */
  toZ(spot) {
    const { origin, x_axis, y_axis } = this.axes;
    const onPlane = (/** @type {Spot} */ { x, y }, /** @type {number} */ i) => origin[i] + x * x_axis[i] + y * y_axis[i];
    const z = origin.map((_, i) => onPlane(spot, i));
    if (this.flat) return z;
    const near = this.nearest(spot, N_BLENDED);
    const weights = near.map(({ distance }) => 1 / (distance ** 2 + ON_A_CLIP));
    const sum = weights.reduce((a, b) => a + b, 0);
    near.forEach(({ clip }, n) => {
      const at = { x: this.x[clip], y: this.y[clip] };
      for (let i = 0; i < z.length; i++) z[i] += (weights[n] / sum) * (this.z[clip][i] - onPlane(at, i));
    });
    return z;
  }

  /**
   * Where a z of these labels lies on the plane, by orthogonal projection, and by the number that x is.
   * @param {number[]} z
   * @param {Labels} [labels]
   * @returns {Spot}
   */
  toSpot(z, labels = {}) {
    const { origin, x_axis, y_axis } = this.axes;
    const clip = this.clustered ? this.#nearestTo(z, labels) : -1;
    const [from, x, y] = clip < 0 ? [origin, 0, 0] : [this.z[clip], this.x[clip], this.y[clip]];
    const along = (/** @type {number[]} */ axis) =>
      z.reduce((sum, value, i) => sum + (value - from[i]) * axis[i], 0) / (axis.reduce((sum, a) => sum + a * a, 0) || 1);
    return { x: x + along(x_axis) + this.#across(labels, clip), y: y + along(y_axis) };
  }

  /** @returns {{left: number, right: number, bottom: number, top: number}} around nearly all clips */
  get bounds() {
    const [xs, ys] = [this.x, this.y].map((values) => [...values].sort((a, b) => a - b));
    const edge = Math.floor(xs.length * EDGE_SHARE);
    return { left: xs[edge], right: xs[xs.length - 1 - edge], bottom: ys[edge], top: ys[ys.length - 1 - edge] };
  }

  /** @returns {string | undefined} the label whose values are best separated on the plane */
  get clearest() {
    const separation = (/** @type {string} */ name) => {
      const middles = new Map(this.middles([name]).map((middle) => [middle.index, middle]));
      let [within, between] = [0, 0];
      this.labels[name].forEach((index, clip) => {
        const middle = middles.get(index) ?? { x: 0, y: 0 };
        within += (this.x[clip] - middle.x) ** 2 + (this.y[clip] - middle.y) ** 2;
        between += middle.x ** 2 + middle.y ** 2;
      });
      return between / (within || 1);
    };
    return [...this.names].sort((a, b) => separation(b) - separation(a))[0];
  }

  /** @param {string[]} names @returns {Heading[]} one for each combination of their values among the shown clips */
  middles(names) {
    /** @type {Map<string, number[]>} */
    const groups = new Map();
    this.shown.forEach((shown, clip) => {
      if (!shown) return;
      const text = names.map((name) => this.valueOf(name, clip)).join(", ");
      const clips = groups.get(text) ?? [];
      groups.set(text, clips);
      clips.push(clip);
    });
    const middle = this.clustered ? mean : median;
    return [...groups].map(([text, clips]) => ({
      index: this.labels[names[0]][clips[0]],
      text,
      x: middle(clips.map((clip) => this.x[clip])),
      y: middle(clips.map((clip) => this.y[clip])),
    }));
  }

  /** Names of the columns and rows of clusters; none where the clusters of a single label fill a square. */
  get headings() {
    const [across, ...down] = this.steering;
    if (!this.clustered || !down.length) return { across: "", down: "", columns: [], rows: [] };
    const rows = this.middles(down).sort((a, b) => b.y - a.y);
    return { across, down: down.join(" and "), columns: this.middles([across]).sort((a, b) => a.x - b.x), rows };
  }

  /** How far to the right of a clip the number of labels lies. @param {Labels} labels @param {number} clip */
  #across(labels, clip) {
    const choice = labels[this.xNumber];
    if (!choice || clip < 0) return 0;
    const values = this.values[this.xNumber];
    const range = Number(values[values.length - 1]) - Number(values[0]) || 1;
    return (2 * CLUSTER_RADIUS * (numberOf(choice, values) - Number(this.valueOf(this.xNumber, clip)))) / range;
  }

  /** The clip nearest to a z in the cluster of the likeliest labels; -1 where there is none. @param {number[]} z @param {Labels} labels */
  #nearestTo(z, labels) {
    const asked = this.steering.filter((name) => labels[name]).map((name) => ({ name, value: likeliest(labels[name]) }));
    let [best, least] = [-1, Infinity];
    this.z.forEach((other, clip) => {
      if (asked.some(({ name, value }) => this.valueOf(name, clip) !== value)) return;
      const distance = other.reduce((sum, value, i) => sum + (value - z[i]) ** 2, 0);
      if (distance < least) [best, least] = [clip, distance];
    });
    return best;
  }
}

/** @param {string | Record<string, number>} choice @returns {string} */
function likeliest(choice) {
  return typeof choice === "string" ? choice : Object.entries(choice).sort((a, b) => b[1] - a[1])[0][0];
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
