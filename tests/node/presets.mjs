/**
 * Configurations that need functions, by name; tests/parity/presets.py holds the same names for
 * pyauth. A preset receives the options as far as they are built, the instance and its argument.
 */

import { APIError, createAuthMiddleware } from "better-auth/api";
import { memoryStorage, redisStorage } from "./storage.mjs";

const merge = (options, key, value) => {
  options[key] = { ...options[key], ...value };
};

const mail = (instance, kind) => async (data) => {
  instance.outbox.push({ kind, ...structuredClone(data) });
};

export const presets = {
  /** A secondary storage in memory, which a scenario can look into. */
  secondaryStorage(options, instance) {
    instance.storage = options.secondaryStorage = memoryStorage();
  },

  /** A secondary storage in a Redis that both sides share: {port, prefix}. */
  redisStorage(options, instance, place) {
    instance.storage = options.secondaryStorage = redisStorage(place);
  },

  /** Limit by a header: not at all, twice as many, or as ever. */
  rateByPlan(options) {
    const decide = (request, rule) => {
      const plan = request.headers.get("x-plan");
      if (plan === "paid") return false;
      return plan === "double" ? { window: rule.window, max: rule.max * 2 } : null;
    };
    const rules = { ...options.rateLimit?.customRules, "/ok": decide, "/sign-in/*": decide };
    merge(options, "rateLimit", { customRules: rules });
  },

  /** Catch the mails that ask to confirm an address. */
  verificationMail(options, instance) {
    merge(options, "emailVerification", {
      sendVerificationEmail: mail(instance, "verification"),
    });
  },

  /** Catch the mails that lead to a new password. */
  resetMail(options, instance) {
    merge(options, "emailAndPassword", { sendResetPassword: mail(instance, "reset") });
  },

  /** A sender that fails; the answer must not tell. */
  failingResetMail(options) {
    merge(options, "emailAndPassword", {
      sendResetPassword: async () => {
        throw new Error("the mail server is down");
      },
    });
  },

  /** Note that a password was reset. */
  resetCallback(options, instance) {
    merge(options, "emailAndPassword", {
      onPasswordReset: mail(instance, "password-reset"),
    });
  },

  /** Tell the owner of an address that somebody tried to sign up with it. */
  existingUserMail(options, instance) {
    merge(options, "emailAndPassword", {
      onExistingUserSignUp: mail(instance, "existing-user"),
    });
  },

  /** Note the calls before and after an address is confirmed. */
  verificationCallbacks(options, instance) {
    merge(options, "emailVerification", {
      beforeEmailVerification: async (user) => {
        instance.outbox.push({ kind: "before-verification", user: structuredClone(user) });
      },
      afterEmailVerification: async (user) => {
        instance.outbox.push({ kind: "after-verification", user: structuredClone(user) });
      },
    });
  },

  /** Catch the mails that ask at the present address whether it may change. */
  changeEmailConfirmation(options, instance) {
    merge(options, "user", {
      changeEmail: {
        ...options.user?.changeEmail,
        sendChangeEmailConfirmation: mail(instance, "change-email-confirmation"),
      },
    });
  },

  /** Catch the mails that ask whether an account shall be deleted. */
  deleteAccountMail(options, instance) {
    merge(options, "user", {
      deleteUser: {
        ...options.user?.deleteUser,
        sendDeleteAccountVerification: mail(instance, "delete-account"),
      },
    });
  },

  /** Note the calls before and after a deletion, and refuse that of somebody named Staying. */
  deletionCallbacks(options, instance) {
    merge(options, "user", {
      deleteUser: {
        ...options.user?.deleteUser,
        beforeDelete: async (user) => {
          instance.outbox.push({ kind: "before-delete", user: structuredClone(user) });
          if (user.name === "Staying") {
            throw new APIError("FORBIDDEN", { code: "NOT_NOW", message: "Not now" });
          }
        },
        afterDelete: async (user) => {
          instance.outbox.push({ kind: "after-delete", user: structuredClone(user) });
        },
      },
    });
  },

  /** A sender that fails; the answer to the client must not depend on it. */
  failingVerificationMail(options) {
    merge(options, "emailVerification", {
      sendVerificationEmail: async () => {
        throw new Error("the mail server is down");
      },
    });
  },

  /** A default that is computed for each new row. */
  computedDefault(options) {
    const user = options.user ?? {};
    merge(options, "user", {
      additionalFields: {
        ...user.additionalFields,
        plan: { type: "string", required: false, defaultValue: () => "computed" },
      },
    });
  },

  /** A transform that runs on a field's input. */
  upperCaseInput(options) {
    const user = options.user ?? {};
    merge(options, "user", {
      additionalFields: {
        ...user.additionalFields,
        shout: {
          type: "string",
          required: false,
          transform: { input: (value) => value?.toUpperCase() },
        },
      },
    });
  },

  /** Shape the user that is shown in place of the one whose address is taken. */
  customSyntheticUser(options) {
    merge(options, "emailAndPassword", {
      customSyntheticUser: ({ coreFields, additionalFields, id }) => ({
        ...coreFields,
        role: "member",
        ...additionalFields,
        id,
      }),
    });
  },

  /** Passwords kept in a form of the app's own. */
  ownPasswords(options) {
    merge(options, "emailAndPassword", {
      password: {
        hash: async (password) => `own:${password}`,
        verify: async ({ hash, password }) => hash === `own:${password}`,
      },
    });
  },

  /** Hooks around the writes: they change a value, stop a write, and note what was written. */
  databaseHooks(options, instance) {
    const note = (kind) => async (record) => {
      instance.outbox.push({ kind, record: structuredClone(record) });
    };
    options.databaseHooks = {
      user: {
        create: {
          before: async (user) =>
            user.name === "Nobody" ? false : { data: { ...user, name: `${user.name}!` } },
          after: note("user created"),
        },
        update: { after: note("user updated") },
      },
      session: {
        create: {
          before: async (session) => (session.userAgent === "refused" ? false : undefined),
          after: note("session created"),
        },
        delete: { after: note("session deleted") },
      },
      account: { create: { after: note("account created") } },
    };
  },

  /** Hooks around every endpoint: they edit the body, refuse, replace a result, add a header. */
  endpointHooks(options, instance) {
    options.hooks = {
      before: createAuthMiddleware(async (ctx) => {
        instance.outbox.push({ kind: "before", path: ctx.path });
        if (ctx.body?.email === "banned@example.com") {
          throw new APIError("FORBIDDEN", { code: "BANNED_ADDRESS", message: "Banned address" });
        }
        if (ctx.body?.name === "short") {
          return { context: { body: { ...ctx.body, name: "made longer" } } };
        }
      }),
      after: createAuthMiddleware(async (ctx) => {
        const failed = ctx.context.returned instanceof Error;
        instance.outbox.push({ kind: "after", path: ctx.path, failed });
        ctx.setHeader("x-hook", "seen");
        if (ctx.path === "/list-sessions" && !failed) return ctx.json({ replaced: true });
      }),
    };
  },

  /** A version of the cookie cache that every new session raises. */
  cacheVersion(options, instance) {
    merge(options, "session", {
      cookieCache: {
        enabled: true,
        version: (session, user) => `${user.name} ${instance.outbox.length}`,
      },
    });
    options.databaseHooks = {
      session: {
        create: {
          before: async () => {
            instance.outbox.push({ kind: "release" });
          },
        },
      },
    };
  },

  /** Origins that depend on the request: a header names the tenant. */
  tenantOrigins(options) {
    options.trustedOrigins = (request) => {
      const tenant = request?.headers.get("x-tenant");
      return tenant ? [`https://${tenant}.example`, null, ""] : [];
    };
  },

  /** A cookie from each hook, and what the after-hook knows of a new session. */
  markingHooks(options, instance) {
    options.hooks = {
      before: createAuthMiddleware(async (ctx) => {
        ctx.setCookie("before", "1");
      }),
      after: createAuthMiddleware(async (ctx) => {
        ctx.setCookie("after", "1", { httpOnly: true });
        instance.outbox.push({ kind: "after", newUser: ctx.context.newSession?.user.email ?? null });
      }),
    };
  },

  /** Put a result or a refusal in the place of whatever came out, or fail. */
  afterHook(options, instance, way) {
    options.hooks = {
      after: createAuthMiddleware(async (ctx) => {
        if (way === "fails") throw new Error("nobody expects this");
        instance.outbox.push({ kind: "after", code: ctx.context.returned?.body?.code ?? null });
        if (way === "refuses") {
          throw new APIError("FORBIDDEN", { code: "CLOSED", message: "We are closed" });
        }
        if (way === "redirects") throw ctx.redirect("/elsewhere");
        return ctx.json({ replaced: true });
      }),
    };
  },

  /** Answer in the endpoint's place, or refuse; an after-hook must not see it. */
  beforeHook(options, instance, way) {
    options.hooks = {
      before: createAuthMiddleware(async (ctx) => {
        if (way === "refuses") {
          throw new APIError("FORBIDDEN", { code: "CLOSED", message: "We are closed" });
        }
        if (way === "redirects") throw ctx.redirect("/elsewhere");
        return { early: true };
      }),
      after: createAuthMiddleware(async () => {
        instance.outbox.push({ kind: "after" });
      }),
    };
  },

  /** Note what the app is told of errors; with "fails" a hook fails at every call. */
  toldOfErrors(options, instance, way) {
    options.onAPIError = {
      onError: (error) => {
        instance.outbox.push({ kind: "error", code: error.body?.code ?? "unexpected" });
      },
    };
    if (way === "fails") {
      options.hooks = {
        after: createAuthMiddleware(async () => {
          throw new Error("nobody expects this");
        }),
      };
    }
  },

  /** A hook against changes of sessions: it stops them, refuses, or ends the session before. */
  losingSessions(options, instance, way) {
    const before = async () => {
      if (way === "stops") return false;
      if (way === "refuses") {
        throw new APIError("FORBIDDEN", { code: "CLOSED", message: "We are closed" });
      }
      instance.db.prepare("delete from session").run();
    };
    options.databaseHooks = { session: { update: { before } } };
  },

  /** Hooks around updates and deletions: change, stop, note. */
  changingUpdates(options, instance) {
    const note = (kind) => async (record) => {
      instance.outbox.push({ kind, name: record?.name ?? null });
    };
    options.databaseHooks = {
      user: {
        update: {
          before: async (user) => {
            if (user.name === "Nobody") return false;
            return "name" in user ? { data: { ...user, name: `${user.name}!` } } : undefined;
          },
          after: note("user update"),
        },
      },
      session: {
        delete: {
          before: async (session) => (session.userAgent === "kept" ? false : undefined),
          after: note("session delete"),
        },
      },
    };
  },

  /** Note every write before and after it; stop those of one kind, [model, action]. */
  everyWrite(options, instance, stopped) {
    const note = (phase, model, action) => async (record) => {
      const held = Object.entries(record).filter(([, value]) => value != null);
      const seen = structuredClone(Object.fromEntries(held));
      instance.outbox.push({ kind: `${phase} ${model} ${action}`, record: seen });
      const stops = phase === "before" && model === stopped?.[0] && action === stopped?.[1];
      return stops ? false : undefined;
    };
    const around = (model, action) => ({
      before: note("before", model, action),
      after: note("after", model, action),
    });
    const hooks = {};
    for (const model of ["user", "session", "account", "verification"]) {
      hooks[model] = {};
      for (const action of ["create", "update", "delete"]) {
        hooks[model][action] = around(model, action);
      }
    }
    options.databaseHooks = hooks;
  },

  /** Ids that tell their model and count: user-1. */
  numberedIds(options) {
    const counts = {};
    const generateId = ({ model }) => {
      counts[model] = (counts[model] ?? 0) + 1;
      return `${model}-${counts[model]}`;
    };
    const database = { ...options.advanced?.database, generateId };
    merge(options, "advanced", { database });
  },

  /** Counts of requests in a storage of the app's own, which notes once whom it is asked about. */
  ownRateStorage(options, instance) {
    const counts = new Map();
    const customStorage = {
      get: async (key) => counts.get(key) ?? null,
      set: async (key, value) => {
        if (!counts.has(key)) instance.outbox.push({ kind: "counted", key });
        counts.set(key, value);
      },
    };
    merge(options, "rateLimit", { customStorage });
  },
};
