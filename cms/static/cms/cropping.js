/* Jcrop finds out about touch screens by writing an inline handler, which the content policy refuses; so it is told. */
window.jQuery.Jcrop.defaults.touchSupport = "ontouchstart" in window;
