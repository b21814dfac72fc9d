import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyState, formatState, parseState, type ViewState } from "../src/view_state";

test("a link restores all that is seen", () => {
  const state: ViewState = {
    tab: "analogy",
    words: ["a&b=c", "#<i>", "国王"],
    analogy: ["man", "", "woman"],
    pair: ["x y", "+"],
    colour: "my column",
    only: "",
    cameras: [{ x: 0.25, y: -0.5, zoom: 12 }, null],
    lasso: {
      model: 1,
      polygon: [
        [0, 0],
        [1, 0.5],
        [0.25, 1],
      ],
    },
    theme: "dark",
    language: "zh",
  };
  assert.deepEqual(parseState(`#${formatState(state)}`), state);
});

test("the first view has an empty link", () => {
  assert.equal(formatState(emptyState()), "");
  assert.deepEqual(parseState(""), { ...emptyState(), cameras: [null, null] });
});

test("what is not understood is left out", () => {
  const state = parseState("#tab=nothing&view0=1,2&view1=a,b,c&lasso=7;0,0;1,1;2,2&theme=pink&lang=fr&%zz=%");
  assert.deepEqual(state, { ...emptyState(), cameras: [null, null] });
  assert.equal(parseState("#lasso=0;0,0;1,1").lasso, null);
  assert.equal(parseState("#view0=0,0,-1").cameras[0], null);
});
