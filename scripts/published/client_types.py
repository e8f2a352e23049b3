"""The parts of `docs/client/zaotai.d.ts` that no contract tells: common types, the envelope, the client."""

from __future__ import annotations

COMMON = """// The types of Zaotai's functions, and of the client in zaotai.js.
// Written by scripts/reference from the contracts: do not edit.

/** Money in fen, a whole number: 6800 is ¥68.00. */
export type Fen = number;
/** A point in time, ISO 8601 with offset: "2026-05-01T11:30:00+08:00". */
export type Moment = string;
/** A calendar day: "2026-05-01". */
export type LocalDate = string;
/** 1 to 64 of the characters A–Z a–z 0–9 _ - : . | */
export type Id = string;
/** A UUID that the client makes, once per command: sent again, the command still happens once. */
export type RequestId = string;
/** What a refusal is about; the code says which fields. */
export type Details = Readonly<Record<string, unknown>>;

/** What every function answers. */
export type Envelope<T> = Success<T> | Failure;

/** It happened (a command), or here it is (a question). */
export interface Success<T> {
  readonly success: true;
  readonly data: T;
  /** Of this call, not of the command: what the log knows it by. */
  readonly requestId: string;
}

/** A refusal or a fault; a refusal has changed nothing. */
export interface Failure {
  readonly success: false;
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** Chinese, for the person who reads it. */
  readonly message: string;
  readonly details: Details;
  /** Of this call, not of the command: what the log knows it by. */
  readonly requestId: string;
}
"""

CLIENT = """/** A code that a function may answer. */
export type ErrorCode = keyof ErrorCodes;
/** The name of a function. */
export type Action = keyof ZaotaiActions;
/** What the function takes. */
export type RequestOf<A extends Action> = ZaotaiActions[A]["request"];
/** What the function answers under `data`. */
export type ReplyOf<A extends Action> = ZaotaiActions[A]["reply"];
/** The functions that change something. */
export type ChangingAction = {
  [A in Action]: "requestId" extends keyof RequestOf<A> ? A : never;
}[Action];
/** What the client takes: the request, whose `requestId` it makes unless there is one. */
export type Sent<R> = R extends { readonly requestId: RequestId }
  ? Omit<R, "requestId"> & { readonly requestId?: RequestId }
  : R;

/** `wx.cloud` as it behaves with these functions, for those who do without the client: `wx.cloud as unknown as …`. */
export interface ZaotaiCloud {
  callFunction<A extends Action>(call: {
    readonly name: A;
    readonly data: RequestOf<A>;
  }): Promise<{ readonly result: Envelope<ReplyOf<A>> }>;
}

/** Whatever calls functions: `wx.cloud`, or an app of the vendor's web and Node libraries. */
export interface Cloud {
  callFunction(call: { name: string; data: Record<string, any> }): Promise<{ readonly result?: unknown }>;
}

/** The command is about to be sent again, after `afterS` seconds: a page may say that it is still asking. */
export interface Resend {
  readonly action: Action;
  readonly requestId: RequestId | undefined;
  readonly code: "BUSY" | "UNKNOWN" | "NO_ANSWER";
  readonly afterS: number;
}

export interface ClientOptions {
  /** Resolves after so many seconds; by default with `setTimeout`. */
  readonly wait?: (seconds: number) => Promise<unknown>;
  /** A fresh UUID. */
  readonly newRequestId?: () => RequestId;
  readonly onResend?: (resend: Resend) => void;
}

export interface Zaotai {
  /**
   * Calls a function and gives its reply. Without an answer, or after BUSY or UNKNOWN, the same call with the same
   * `requestId` goes out again after 3, 6, 12 and 20 seconds; a refusal is final. Rejects with a `ZaotaiError`.
   */
  call<A extends Action>(action: A, data: Sent<RequestOf<A>>): Promise<ReplyOf<A>>;
}

export declare function createClient(cloud: Cloud, options?: ClientOptions): Zaotai;

/** Why there is no reply. `NO_ANSWER`: the call itself failed, every time; its last error is `cause`. */
export declare class ZaotaiError extends Error {
  readonly name: "ZaotaiError";
  readonly code: ErrorCode | "NO_ANSWER";
  readonly details: Details;
  /** The command's, to send it again later: with BUSY, UNKNOWN and NO_ANSWER it may have happened. */
  readonly requestId: RequestId | undefined;
  /** Of the last call: what the log knows it by. */
  readonly traceId: string | undefined;
  readonly cause: unknown;
}

/** Seconds before each resend. */
export declare const RESEND_AFTER_S: readonly number[];
/** A fresh UUID. */
export declare function newRequestId(): RequestId;
"""
