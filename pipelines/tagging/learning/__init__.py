"""Training of the CRF: the objective, L-BFGS and OWL-QN, stochastic gradient descent, the perceptron."""
