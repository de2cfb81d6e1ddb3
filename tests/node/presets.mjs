/**
 * Configurations that need functions, by name; tests/parity/presets.py holds the same names for
 * pyauth. A preset receives the options as far as they are built, the instance and its argument.
 */

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
};
