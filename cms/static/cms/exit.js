// Leaving at once. Without this file the link still works; with it, Back cannot return to the page that was left.
// Nothing is stored, sent or counted.
"use strict";

{
  const link = document.querySelector("[data-exit]");
  const within = 3000; // milliseconds for three presses: slower ones belong to ordinary typing
  let presses = [];

  const leave = () => {
    // The next page may take seconds on slow data; what is on the screen must be gone before it arrives.
    document.documentElement.replaceChildren();
    window.location.replace(link.href);
  };

  if (link) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      leave();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Shift") {
        presses = []; // a capital letter is not a call for help
        return;
      }
      if (event.repeat) return;
      const now = event.timeStamp;
      presses = [...presses.filter((at) => now - at < within), now];
      if (presses.length === 3) leave();
    });
  }
}
