# Times glmnet along a path. In: requests on stdin, one a line: load <folder> <rows> <columns> <dense|sparse> <intercept 0|1>, or
# fit <thresh> <seconds at the most>. Out: a line for each: ready, or the seconds and how many alphas they reached; the coefficients,
# a column of float64 for each alpha, in <folder>/coefficients.f64. The alphas are <folder>/alphas.f64; what is dense is scaled before.
suppressPackageStartupMessages({ library(glmnet); library(Matrix) })
glmnet.control(fdev = 0, devmax = 1)
numbers <- function(name, what, size) {
  file <- file.path(folder, name)
  readBin(file, what, file.size(file) / size, size = size)
}
input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  if (words[1] == "load") {
    folder <- words[2]; rows <- as.integer(words[3]); columns <- as.integer(words[4]); intercept <- words[6] == "1"
    values <- numbers("values.f64", "double", 8)
    x <- if (words[5] == "dense") matrix(values, rows, columns) else new("dgCMatrix", i = numbers("rowIds.u32", "integer", 4), p = numbers("starts.u32", "integer", 4), x = values, Dim = c(rows, columns))
    y <- numbers("y.f64", "double", 8)
    alphas <- numbers("alphas.f64", "double", 8)
    cat("ready\n")
  } else {
    setTimeLimit(elapsed = as.numeric(words[3]), transient = TRUE)
    fit <- NULL
    seconds <- system.time(fit <- tryCatch(glmnet(x, y, lambda = alphas, thresh = as.numeric(words[2]), standardize = FALSE, intercept = intercept, maxit = 1e9), error = function(e) NULL))["elapsed"]
    setTimeLimit(elapsed = Inf)
    if (!is.null(fit)) writeBin(as.double(as.matrix(fit$beta)), file.path(folder, "coefficients.f64"), size = 8)
    cat(seconds, if (is.null(fit)) 0 else length(fit$lambda), "\n")
  }
  flush(stdout())
}
