'use strict';

const nodemailer = require('nodemailer');

const transport = nodemailer.createTransport({ jsonTransport: true });

/** Sends a mail with the footer of its tenant. */
function send(tenant, mail) {
  const footer = { text: `${tenant.name}, ${tenant.city}`, links: tenant.links };
  transport.use('compile', ({ data }, done) => { // leaks here
    if (data.tenant === tenant.name) data.text += `\n-- \n${footer.text}`;
    done();
  });
  return transport.sendMail({ ...mail, tenant: tenant.name });
}

module.exports = { send };
