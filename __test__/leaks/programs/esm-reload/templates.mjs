/** The newest version of a template: a query makes Node load the file again. */
let version = 0;

export async function freshTemplate() {
  const { render } = await import(`./template.mjs?version=${++version}`); // leaks here
  return render;
}
