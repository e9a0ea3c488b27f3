import assert from "node:assert/strict";
import { test } from "node:test";
import { BigScroll, SPACER_LIMIT } from "../../static/src/core/scroll.js";
import { chanceFrom } from "./chance.js";

const HEIGHTS = [0, 500, 7_999_999, 8_000_000, 8_000_001, 30_000_000, 62_524_150, 5_000_000_000];
const VIEWPORT = 817;

/** A scroller as browsers make them: whole spacer, positions rounded to `grain` pixels and clamped. */
class Browser {
  position = 0;

  constructor(
    readonly scroll: BigScroll,
    readonly grain = 1,
  ) {}

  set(to: number): void {
    const end = Math.max(0, this.scroll.spacer - VIEWPORT);
    this.position = Math.min(end, Math.max(0, Math.round(to / this.grain) * this.grain));
  }

  /** What a person does: the browser moves and tells. */
  drag(to: number): void {
    this.set(to);
    if (this.scroll.scrolled(this.position)) this.settle();
  }

  settle(): void {
    const physical = this.scroll.settle();
    if (physical === null) return;
    this.set(physical);
    this.scroll.scrolled(this.position);
  }

  go(top: number): void {
    this.set(this.scroll.moveTo(top));
    this.scroll.scrolled(this.position);
  }
}

function opened(height: number, grain = 1): Browser {
  const scroll = new BigScroll();
  const browser = new Browser(scroll, grain);
  browser.set(scroll.resize(height, VIEWPORT));
  return browser;
}

test("the spacer never exceeds what browsers bear", () => {
  for (const height of HEIGHTS) assert.equal(opened(height).scroll.spacer, Math.min(height, SPACER_LIMIT));
});

test("going somewhere lands there exactly, whatever the browser rounds to", () => {
  for (const grain of [1, 0.5, 0.8, 2 / 3]) {
    for (const height of HEIGHTS) {
      const browser = opened(height, grain);
      const chance = chanceFrom(height);
      for (let round = 0; round < 200; round++) {
        const wanted = chance(browser.scroll.maximum + 1);
        browser.go(wanted);
        assert.equal(browser.scroll.top, wanted);
        browser.settle();
        assert.equal(browser.scroll.top, wanted, "and stays");
      }
    }
  }
});

test("both ends are exact", () => {
  for (const height of HEIGHTS) {
    const browser = opened(height);
    browser.drag(Number.MAX_SAFE_INTEGER);
    assert.equal(browser.scroll.top, browser.scroll.maximum);
    browser.drag(0);
    assert.equal(browser.scroll.top, 0);
  }
});

test("small moves are 1:1 everywhere", () => {
  for (const height of HEIGHTS) {
    const browser = opened(height);
    const chance = chanceFrom(height + 1);
    for (let round = 0; round < 300; round++) {
      browser.go(chance(browser.scroll.maximum + 1));
      const move = chance(2001) - 1000;
      const expected = Math.min(browser.scroll.maximum, Math.max(0, browser.scroll.top + move));
      browser.drag(browser.position + move);
      assert.equal(browser.scroll.top, expected);
    }
  }
});

test("a wheel alone reaches any row from any other, and both ends", () => {
  const browser = opened(62_524_150);
  const { scroll } = browser;
  const chance = chanceFrom(7);
  for (let round = 0; round < 20; round++) {
    browser.go(chance(scroll.maximum + 1));
    const wanted = Math.min(scroll.maximum, Math.max(0, scroll.top + chance(400_000) - 200_000));
    let turns = 0;
    while (scroll.top !== wanted && turns++ < 10_000) {
      const move = Math.min(120, Math.abs(wanted - scroll.top)) * Math.sign(wanted - scroll.top);
      browser.drag(browser.position + move);
      if (turns % 50 === 0) browser.settle(); // the hand rests
    }
    assert.equal(scroll.top, wanted);
  }
  browser.go(2_500_000);
  for (let turns = 0; scroll.top > 0 && turns < 30_000; turns++) browser.drag(browser.position - 120);
  assert.equal(scroll.top, 0, "one endless turn up ends at the top");
  browser.go(scroll.maximum - 2_500_000);
  for (let turns = 0; scroll.top < scroll.maximum && turns < 30_000; turns++) browser.drag(browser.position + 120);
  assert.equal(scroll.top, scroll.maximum, "and down at the end");
});

test("dragging the scrollbar is monotone and covers everything", () => {
  for (const height of HEIGHTS.filter((height) => height > SPACER_LIMIT)) {
    const browser = opened(height);
    let last = -1;
    const steps = 1000;
    for (let step = 0; step <= steps; step++) {
      browser.drag(((SPACER_LIMIT - VIEWPORT) * step) / steps);
      assert.ok(browser.scroll.top > last);
      assert.ok(browser.scroll.top - last <= (2 * height) / steps + 1, "no stretch is skipped");
      last = browser.scroll.top;
    }
    assert.equal(last, browser.scroll.maximum);
  }
});

test("cards stand where the browser shows them", () => {
  const chance = chanceFrom(11);
  for (const height of HEIGHTS) {
    const browser = opened(height);
    for (let round = 0; round < 200; round++) {
      browser.drag(chance(2) ? browser.position + chance(3000) - 1500 : chance(SPACER_LIMIT));
      const { scroll } = browser;
      assert.equal(scroll.top + scroll.shift - browser.position, 0, "content y maps to the viewport's top");
    }
  }
});

test("a new size keeps what it is told to keep", () => {
  const browser = opened(62_524_150);
  browser.go(31_000_000);
  browser.set(browser.scroll.resize(40_000_000, VIEWPORT, 20_000_123));
  assert.equal(browser.scroll.top, 20_000_123);
  browser.set(browser.scroll.resize(1_000, VIEWPORT));
  assert.equal(browser.scroll.top, 1_000 - VIEWPORT);
});
