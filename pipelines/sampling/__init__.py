"""What the step `sample` is made of: requests for responses, and what models answered to them."""
