/** A worker that ends before it joins. */
process.exit(3);
