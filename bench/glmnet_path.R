# Times glmnet's path. In: folder, rows, columns, kind (dense or sparse), tolerance as arguments; in the folder y, values, alphas (float64) and
# for sparse X rowIds and starts (uint32), all centred and scaled as they should be. Out: seconds on stdout; in the folder coefficients,
# float64 [columns x alphas], column by column.
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages({ library(Matrix); library(glmnet) })
folder <- arguments[1]; n <- as.integer(arguments[2]); p <- as.integer(arguments[3])
read <- function(name, what, size, ...) { file <- file.path(folder, name); readBin(file, what, file.info(file)$size / size, size = size, ...) }
y <- read("y.f64", "numeric", 8); values <- read("values.f64", "numeric", 8); alphas <- read("alphas.f64", "numeric", 8)
X <- if (arguments[4] == "dense") matrix(values, n, p) else sparseMatrix(i = read("rowIds.u32", "integer", 4) + 1L, p = read("starts.u32", "integer", 4), x = values, dims = c(n, p))
seconds <- system.time(fit <- glmnet(X, y, lambda = alphas, standardize = FALSE, intercept = FALSE, thresh = as.numeric(arguments[5]), maxit = 1e8))[["elapsed"]]
if (length(fit$lambda) < length(alphas)) stop("glmnet ended after ", length(fit$lambda), " of ", length(alphas), " alphas")
writeBin(as.vector(as.matrix(fit$beta)), file.path(folder, "coefficients.f64"), size = 8)
cat(format(seconds, digits = 15), "\n")
