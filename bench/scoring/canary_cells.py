"""
Canaries whose arms have noise of their own, by name: those that several measurements are about.
"""

from scoring.canaries import Cell

NOISY = {
    "200_arm_noise_0.05": Cell(200, arm_variance=0.05),
    "200_arm_noise_0.2": Cell(200, arm_variance=0.2),
    "200_arm_noise_0.5": Cell(200, arm_variance=0.5),
    "20_arm_noise_0.2": Cell(20, arm_variance=0.2),
    "2000_arm_noise_0.2": Cell(2000, arm_variance=0.2),
    "200_ramp_arm_noise_0.2": Cell(200, split="ramp", arm_variance=0.2),
    "200_split_50%_arm_noise_0.2": Cell(200, split=0.5, arm_variance=0.2),
}
