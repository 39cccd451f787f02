'use strict';

const timings = [];

/** A plugin of Apollo: how long operations take, and what they were. */
const timingPlugin = {
  async requestDidStart({ request }) {
    const timing = { query: request.query, variables: request.variables, startedAt: Date.now(), fields: [] };
    timings.push(timing); // leaks here
    return {
      async executionDidStart() {
        return { willResolveField: ({ info }) => void timing.fields.push(info.fieldName) };
      },
      async willSendResponse() {
        timing.took = Date.now() - timing.startedAt;
      },
    };
  },
};

module.exports = { timingPlugin };
