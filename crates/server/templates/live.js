// Counts down what the server wrote into the page. It needs no clock of its own, only how long the page has been open.
"use strict";
const clock = document.querySelector("[data-left]");
const state = document.querySelector(".state");
const bar = document.querySelector("progress");
const given = Number(clock.dataset.left);

function tick() {
  const left = Math.max(0, given - performance.now() / 1000);
  clock.firstElementChild.textContent = Math.ceil(left);
  bar.value = left;
  if (left > 0) return;
  clearInterval(timer);
  state.className = "state careful";
  state.firstElementChild.textContent = state.dataset.expired;
}

const timer = given > 0 ? setInterval(tick, 250) : undefined;
