/**
 * Configurations that need functions, by name; tests/parity/presets.py holds the same names for
 * pyauth. A preset receives the options as far as they are built, the instance and its argument.
 */

import { APIError, createAuthMiddleware } from "better-auth/api";

const merge = (options, key, value) => {
  options[key] = { ...options[key], ...value };
};

const mail = (instance, kind) => async (data) => {
  instance.outbox.push({ kind, ...structuredClone(data) });
};

export const presets = {
  /** Catch the mails that ask to confirm an address. */
  verificationMail(options, instance) {
    merge(options, "emailVerification", {
      sendVerificationEmail: mail(instance, "verification"),
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
};
