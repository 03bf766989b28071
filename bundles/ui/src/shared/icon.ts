import { html, svg, type TemplateResult } from "lit";

/** Icons on a grid of 16, drawn with the colour of the text around them. Hidden from screen readers: put a word or a name beside. */

export type IconSize = "" | "large" | "spin";
export type Icon = (size?: IconSize) => TemplateResult;

function draw(shape: TemplateResult, size: IconSize = ""): TemplateResult {
  return html`<svg class="i ${size}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${shape}</svg>`;
}

export const iconAnswering: Icon = (size) =>
  draw(svg`<path d="M3 5h10M3 8h10M3 11h5"/><path d="M11.5 11h1.5"/>`, size);
export const iconTool: Icon = (size) =>
  draw(svg`<rect x="2" y="3" width="12" height="10" rx="2"/><path d="m5 6.5 2 1.5-2 1.5M9 9.5h2"/>`, size);
export const iconNeed: Icon = (size) =>
  draw(svg`<path d="M14 9.5a2 2 0 0 1-2 2H7l-3 2.5v-2.5a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2z"/><path d="M8 5v2.5M8 9.4v.1"/>`, size);
export const iconRetry: Icon = (size) =>
  draw(svg`<path d="M13.5 8a5.5 5.5 0 1 1-1.8-4.1"/><path d="M13.5 2v3h-3"/>`, size);
export const iconInterrupted: Icon = (size) =>
  draw(svg`<path d="M1.5 8H5M11 8h3.5M6 12l1.2-3M8.8 7 10 4"/>`, size);
export const iconFailed: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="6"/><path d="m6 6 4 4m0-4-4 4"/>`, size);
export const iconReady: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="6"/>`, size);
export const iconCheck: Icon = (size) =>
  draw(svg`<path d="m3 8.5 3.2 3L13 4.5"/>`, size);
export const iconHealthy: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="6"/><path d="m5.5 8.2 1.8 1.7 3.2-3.6"/>`, size);
export const iconWarn: Icon = (size) =>
  draw(svg`<path d="M8 2.5 14.2 13H1.8z"/><path d="M8 6.5v3M8 11.2v.1"/>`, size);
export const iconInfo: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="6"/><path d="M8 7.5v3.2M8 5.2v.1"/>`, size);
export const iconSearch: Icon = (size) =>
  draw(svg`<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3 3"/>`, size);
export const iconPlus: Icon = (size) =>
  draw(svg`<path d="M8 3v10M3 8h10"/>`, size);
export const iconStop: Icon = (size) =>
  draw(svg`<rect x="4" y="4" width="8" height="8" rx="1.5"/>`, size);
export const iconSend: Icon = (size) =>
  draw(svg`<path d="M8 13V3M4 7l4-4 4 4"/>`, size);
export const iconArrowUp: Icon = iconSend;
export const iconArrowDown: Icon = (size) =>
  draw(svg`<path d="M8 3v10M4 9l4 4 4-4"/>`, size);
export const iconClip: Icon = (size) =>
  draw(svg`<path d="m13 7.5-5.2 5.2a3.2 3.2 0 0 1-4.5-4.5L8.7 2.8a2.1 2.1 0 0 1 3 3L6.5 11a1 1 0 0 1-1.5-1.5L9.5 5"/>`, size);
export const iconCopy: Icon = (size) =>
  draw(svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5"/>`, size);
export const iconWrap: Icon = (size) =>
  draw(svg`<path d="M2 4h12M2 8h9.5a2.2 2.2 0 0 1 0 4.5H8M2 12.5h3M9.5 11 8 12.5 9.5 14"/>`, size);
export const iconRight: Icon = (size) =>
  draw(svg`<path d="m6 3.5 4.5 4.5L6 12.5"/>`, size);
export const iconDown: Icon = (size) =>
  draw(svg`<path d="m3.5 6 4.5 4.5L12.5 6"/>`, size);
export const iconLeft: Icon = (size) =>
  draw(svg`<path d="M10 3.5 5.5 8l4.5 4.5"/>`, size);
export const iconMore: Icon = (size) =>
  draw(svg`<path d="M3.5 8h.1M8 8h.1M12.5 8h.1" stroke-width="2.2"/>`, size);
export const iconClose: Icon = (size) =>
  draw(svg`<path d="m4 4 8 8m0-8-8 8"/>`, size);
export const iconShrink: Icon = (size) =>
  draw(svg`<path d="M13.5 2.5 9.5 6.5m0-3v3h3M2.5 13.5l4-4m0 3v-3h-3"/>`, size);
export const iconExpand: Icon = (size) =>
  draw(svg`<path d="M9.5 6.5l4-4m0 3v-3h-3M6.5 9.5l-4 4m0-3v3h3"/>`, size);
export const iconBell: Icon = (size) =>
  draw(svg`<path d="M4 7a4 4 0 0 1 8 0c0 3 1.5 3.5 1.5 4.5h-11C2.5 10.5 4 10 4 7zM6.7 13.5h2.6"/>`, size);
export const iconGauge: Icon = (size) =>
  draw(svg`<path d="M2.5 12a6 6 0 1 1 11 0M8 10l2.5-3.5"/>`, size);
export const iconHelp: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="6"/><path d="M6.3 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.9.6-.9 1.2M8 11.2v.1"/>`, size);
export const iconGrid: Icon = (size) =>
  draw(svg`<rect x="2.5" y="2.5" width="4.5" height="4.5" rx="1"/><rect x="9" y="2.5" width="4.5" height="4.5" rx="1"/><rect x="2.5" y="9" width="4.5" height="4.5" rx="1"/><rect x="9" y="9" width="4.5" height="4.5" rx="1"/>`, size);
export const iconFile: Icon = (size) =>
  draw(svg`<path d="M9 2H5a1.5 1.5 0 0 0-1.5 1.5v9A1.5 1.5 0 0 0 5 14h6a1.5 1.5 0 0 0 1.5-1.5v-7zM9 2v3.5h3.5"/>`, size);
export const iconImage: Icon = (size) =>
  draw(svg`<rect x="2" y="3" width="12" height="10" rx="1.5"/><circle cx="5.5" cy="6.5" r="1"/><path d="m3 12 3.5-3 2 1.5 2.5-3 3 3.5"/>`, size);
export const iconDiff: Icon = (size) =>
  draw(svg`<path d="M8 3v5M5.5 5.5h5M5.5 12h5"/>`, size);
export const iconBranch: Icon = (size) =>
  draw(svg`<circle cx="4.5" cy="3.5" r="1.5"/><circle cx="4.5" cy="12.5" r="1.5"/><circle cx="11.5" cy="5.5" r="1.5"/><path d="M4.5 5v6M11.5 7c0 2.5-4.5 2-6.5 4"/>`, size);
export const iconUndo: Icon = (size) =>
  draw(svg`<path d="M5.5 3 2.5 6l3 3M2.5 6h7a3.5 3.5 0 0 1 0 7H6"/>`, size);
export const iconDownload: Icon = (size) =>
  draw(svg`<path d="M8 2.5v8M4.5 7.5 8 11l3.5-3.5M3 13.5h10"/>`, size);
export const iconBars: Icon = (size) =>
  draw(svg`<path d="M3 12.5v-2M8 12.5v-5M13 12.5v-9" stroke-width="2"/>`, size);
export const iconBarsLow: Icon = (size) =>
  draw(svg`<path d="M3 12.5v-2M8 12.5v-1M13 12.5v-1" stroke-width="2"/>`, size);
export const iconOffline: Icon = (size) =>
  draw(svg`<path d="M2 2l12 12M3 12.5v-2M8 12.5V10M13 12.5v-1M13 9V3.5"/>`, size);
export const iconCloud: Icon = (size) =>
  draw(svg`<path d="M4.5 12.5a3 3 0 0 1-.3-6 4 4 0 0 1 7.6.5 2.8 2.8 0 0 1-.3 5.5z"/>`, size);
export const iconServer: Icon = (size) =>
  draw(svg`<rect x="2.5" y="2.5" width="11" height="4.5" rx="1.2"/><rect x="2.5" y="9" width="11" height="4.5" rx="1.2"/><path d="M5 4.7h.1M5 11.2h.1"/>`, size);
export const iconLog: Icon = (size) =>
  draw(svg`<path d="M2.5 4h2M6.5 4h7M2.5 8h2M6.5 8h5M2.5 12h2M6.5 12h6"/>`, size);
export const iconChart: Icon = (size) =>
  draw(svg`<path d="M2.5 2.5v11h11M5 10l2.5-3 2 1.5L13 4.5"/>`, size);
export const iconPause: Icon = (size) =>
  draw(svg`<path d="M5.5 4v8M10.5 4v8"/>`, size);
export const iconPlay: Icon = (size) =>
  draw(svg`<path d="M5 3.5v9l7.5-4.5z"/>`, size);
export const iconLock: Icon = (size) =>
  draw(svg`<rect x="3.5" y="7" width="9" height="6.5" rx="1.5"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>`, size);
export const iconKey: Icon = (size) =>
  draw(svg`<circle cx="5" cy="8" r="2.7"/><path d="M7.7 8h6v2.5M11 8v2"/>`, size);
export const iconEye: Icon = (size) =>
  draw(svg`<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="1.8"/>`, size);
export const iconModel: Icon = (size) =>
  draw(svg`<rect x="4" y="4" width="8" height="8" rx="1.5"/><path d="M6.5 4V2M9.5 4V2M6.5 14v-2M9.5 14v-2M4 6.5H2M4 9.5H2M14 6.5h-2M14 9.5h-2"/>`, size);
export const iconAgent: Icon = (size) =>
  draw(svg`<circle cx="8" cy="5.5" r="2.5"/><path d="M3 13.5a5 5 0 0 1 10 0"/>`, size);
export const iconThought: Icon = (size) =>
  draw(svg`<path d="M6 12.5h4M6.5 14.5h3M5.5 10.5C4.2 9.7 3.5 8.4 3.5 7a4.5 4.5 0 0 1 9 0c0 1.4-.7 2.7-2 3.5z"/>`, size);
export const iconSliders: Icon = (size) =>
  draw(svg`<path d="M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6"/><circle cx="10" cy="5" r="1.5"/><circle cx="6" cy="11" r="1.5"/>`, size);
export const iconClock: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.3 1.5"/>`, size);
export const iconOutbox: Icon = (size) =>
  draw(svg`<path d="M2.5 9v3A1.5 1.5 0 0 0 4 13.5h8a1.5 1.5 0 0 0 1.5-1.5V9M8 10V2.5M5 5.5l3-3 3 3"/>`, size);
export const iconLink: Icon = (size) =>
  draw(svg`<path d="M6.5 9.5l3-3M7 4.5l1-1a3 3 0 0 1 4.3 4.3l-1 1M9 11.5l-1 1a3 3 0 0 1-4.3-4.3l1-1"/>`, size);
export const iconTodo: Icon = (size) =>
  draw(svg`<path d="M2.5 4l1 1 2-2M2.5 11l1 1 2-2M8 4.5h5.5M8 11.5h5.5"/>`, size);
export const iconDot: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="2.2" fill="currentColor"/>`, size);
export const iconPhone: Icon = (size) =>
  draw(svg`<rect x="4.5" y="1.5" width="7" height="13" rx="1.5"/><path d="M7.5 12.5h1"/>`, size);
export const iconText: Icon = (size) =>
  draw(svg`<path d="M3 3.5h10M8 3.5v9M6 12.5h4"/>`, size);
export const iconHalf: Icon = (size) =>
  draw(svg`<circle cx="8" cy="8" r="6"/><path d="M8 2v12"/><path d="M8 4.5h3.5M8 8h6M8 11.5h3.5" stroke-width="1"/>`, size);
export const iconEdit: Icon = (size) =>
  draw(svg`<path d="M10.5 3l2.5 2.5L5.5 13H3v-2.5z"/>`, size);
export const iconList: Icon = (size) =>
  draw(svg`<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1"/>`, size);
export const iconScreen: Icon = (size) =>
  draw(svg`<rect x="2" y="3" width="12" height="8" rx="1.5"/><path d="M5.5 13.5h5M8 11v2.5"/>`, size);
export const iconFolder: Icon = (size) =>
  draw(svg`<path d="M2 12V4.5A1.5 1.5 0 0 1 3.5 3h2.700l1.8 2h4.5A1.5 1.5 0 0 1 14 6.5V12a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 2 12z"/>`, size);
export const iconCamera: Icon = (size) =>
  draw(svg`<path d="M2 6.5A1.5 1.5 0 0 1 3.5 5h1.700l1-1.5h3.600l1 1.5h1.700A1.5 1.5 0 0 1 14 6.5V11a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 2 11z"/><circle cx="8" cy="8.6" r="2"/>`, size);
export const iconMinus: Icon = (size) =>
  draw(svg`<path d="M3.5 8h9"/>`, size);

/** The mark of Nexus: lines that meet in one node. */
export const mark = (): TemplateResult =>
  html`<svg class="nx-mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${svg`<path d="M3 5.5h4.5c2.5 0 3 6.5 6 6.5M3 12h10.5M3 18.5h4.5c2.5 0 3-6.5 6-6.5"/><rect class="node" x="13.5" y="7.5" width="9" height="9" rx="2.5"/>`}</svg>`;
