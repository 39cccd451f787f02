'use strict';

async function importRoutes(app) {
  app.post('/', async (request, reply) => {
    const job = { id: request.id, rows: request.body.rows, seen: [], startedAt: Date.now() };
    app.jobs.set(request.id, job); // leaks here
    for (const row of job.rows) job.seen.push(row.sku);
    // The client asks for the outcome later.
    return reply.code(202).send({ job: job.id });
  });

  app.get('/:id', async (request) => app.jobs.get(request.params.id) ?? null);
}

module.exports = { importRoutes };
