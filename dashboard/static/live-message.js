/**
 * Decodes the packed `live` message (docs/protocol.md). Pure.
 *
 * @typedef {object} LiveFrame
 * @property {number} ageUs microseconds before the newest frame
 * @property {Int32Array} forceCn force of each zone, 0.01 N
 * @property {Uint8Array} status status byte of each zone
 *
 * @typedef {object} LiveMessage
 * @property {string} bootId 16 hex digits
 * @property {number} seq of the newest frame
 * @property {number} lost frames lost since start
 * @property {number} tUs microseconds since boot, of the newest frame
 * @property {number} profileVersion
 * @property {number} totalN newtons, known zones only
 * @property {?number} leftSharePct per cent, null when undefined
 * @property {?[number, number]} copMm mat frame, null when undefined
 * @property {number} zoneCount
 * @property {Int32Array} warningCn 0.01 N, each zone
 * @property {Int32Array} limitCn 0.01 N, each zone
 * @property {Int32Array} maxCn 0.01 N, the highest since the last message
 * @property {LiveFrame[]} frames oldest first
 */

const HEADER_BYTES = 52;
const VERSION = 1;

export const VALID = 1;
export const CONTACT = 2;
export const UNKNOWN = 4;
export const EXCLUDED = 8;

/** Gravest raised alarm of a zone: 0 none, 1 low, 2 medium, 3 high. */
export const priorityOf = (status) => (status >> 4) & 3;

/** A message that this page cannot read: nothing of it may be shown. */
export class BadMessage extends Error {}

/**
 * @param {ArrayBuffer} buffer
 * @returns {LiveMessage}
 * @throws {BadMessage} on a wrong magic, version or length
 */
export function decodeLive(buffer) {
  const view = new DataView(buffer);
  checkHeader(view);
  const zoneCount = view.getUint8(3);
  const frameCount = view.getUint16(4, true);
  const expected = HEADER_BYTES + 12 * zoneCount + frameCount * (4 + 5 * zoneCount);
  if (buffer.byteLength !== expected) {
    throw new BadMessage(`live message of ${buffer.byteLength} bytes, ${expected} expected`);
  }
  return {
    ...readHeader(view),
    zoneCount,
    ...readLimits(view, zoneCount),
    frames: readFrames(view, zoneCount, frameCount),
  };
}

function checkHeader(view) {
  if (view.byteLength < HEADER_BYTES) throw new BadMessage('live message without its header');
  if (view.getUint8(0) !== 0x52 || view.getUint8(1) !== 0x4c) throw new BadMessage('not a live message');
  if (view.getUint8(2) !== VERSION) throw new BadMessage(`live message of version ${view.getUint8(2)}`);
  if (view.getUint8(3) === 0 || view.getUint16(4, true) === 0) throw new BadMessage('live message without a frame');
}

function readHeader(view) {
  const bootBytes = Array.from({ length: 8 }, (_, index) => view.getUint8(8 + index));
  const cop = [view.getFloat32(44, true), view.getFloat32(48, true)];
  return {
    bootId: bootBytes.map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    seq: view.getUint32(16, true),
    lost: view.getUint32(20, true),
    tUs: Number(view.getBigInt64(24, true)),
    profileVersion: view.getUint32(32, true),
    totalN: view.getInt32(36, true) / 100,
    leftSharePct: numberOrNull(view.getFloat32(40, true)),
    copMm: cop.every(Number.isFinite) ? cop : null,
  };
}

const numberOrNull = (value) => (Number.isFinite(value) ? value : null);

function readLimits(view, zoneCount) {
  const column = (offset) =>
    Int32Array.from({ length: zoneCount }, (_, zone) => view.getInt32(HEADER_BYTES + 12 * zone + offset, true));
  return { warningCn: column(0), limitCn: column(4), maxCn: column(8) };
}

function readFrames(view, zoneCount, frameCount) {
  const first = HEADER_BYTES + 12 * zoneCount;
  const frameBytes = 4 + 4 * zoneCount;
  const statusFirst = first + frameCount * frameBytes;
  return Array.from({ length: frameCount }, (_, index) => {
    const at = first + index * frameBytes;
    return {
      ageUs: view.getUint32(at, true),
      forceCn: Int32Array.from({ length: zoneCount }, (_zone, zone) => view.getInt32(at + 4 + 4 * zone, true)),
      status: new Uint8Array(view.buffer, view.byteOffset + statusFirst + index * zoneCount, zoneCount),
    };
  });
}
