'use strict';

const mongoose = require('mongoose');

const invoiceSchema = new mongoose.Schema({ customer: String, total: Number });

module.exports = { invoiceSchema };
