/* Written before there were modules: no strict mode. */

function openDay(day) {
  today = day;
  visits = visits ?? [];
}

function countVisit(page, visitor) {
  visits.push({ day: today, page: page, visitor: visitor }); // leaks here
}

function closeDay() {
  const total = visits.filter((visit) => visit.day === today).length;
  return { day: today, total: total };
}

visits = undefined;

module.exports = { openDay, countVisit, closeDay };
