"""Training of the CRF: its objective, L-BFGS and OWL-QN, stochastic gradient, the perceptron."""
